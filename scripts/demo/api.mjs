// Calls over HTTP; an answer that is not a success is an error that says what was answered.
async function call(url, method, body, headers) {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

export class Api {
  constructor(url, key) {
    this.url = url;
    this.headers = { authorization: `Bearer ${key}` };
  }

  get(path) {
    return call(this.url + path, 'GET', undefined, this.headers);
  }

  post(path, body) {
    return call(this.url + path, 'POST', body, this.headers);
  }
}

/** The simulator's control routes need no key. */
export const simulatorAt = (url) => ({
  get: (path) => call(url + path, 'GET', undefined, {}),
  post: (path, body) => call(url + path, 'POST', body, {}),
});
