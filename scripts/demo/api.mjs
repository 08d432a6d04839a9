// Calls over HTTP; an answer that is not a success is an error that says what was answered.
async function call(url, options) {
  const answer = await fetch(url, options);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

const get = (url, headers) => call(url, { headers });

const post = (url, body, headers) =>
  call(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

export class Api {
  constructor(url, key) {
    this.url = url;
    this.headers = { authorization: `Bearer ${key}` };
  }

  get(path) {
    return get(this.url + path, this.headers);
  }

  post(path, body) {
    return post(this.url + path, body, this.headers);
  }
}

/** The simulator's control routes need no key. */
export const simulatorAt = (url) => ({
  get: (path) => get(url + path, {}),
  post: (path, body) => post(url + path, body, {}),
});
