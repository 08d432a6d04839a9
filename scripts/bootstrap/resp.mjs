// Just enough of Redis' protocol to ask one question, without a client library.
import net from 'node:net';
import tls from 'node:tls';

/** The first complete reply in the text, or null while more must come. Errors are given as Error. */
function parseReply(text) {
  const end = text.indexOf('\r\n');
  if (end < 0) return null;
  const line = text.slice(1, end);
  if (text[0] === '-') return { value: new Error(line), rest: text.slice(end + 2) };
  if (text[0] !== '$') return { value: line, rest: text.slice(end + 2) };
  const length = Number(line);
  if (text.length < end + 2 + length + 2) return null;
  return { value: text.slice(end + 2, end + 2 + length), rest: text.slice(end + 4 + length) };
}

/** Where a REDIS_URL points; of a list of nodes, the first. Never shows the password. */
export function endpointOf(url) {
  const parsed = new URL(url.split(',')[0].trim());
  if (!['redis:', 'rediss:'].includes(parsed.protocol)) throw new Error('not a redis:// address');
  const part = (text) => decodeURIComponent(text);
  return {
    isTls: parsed.protocol === 'rediss:',
    host: parsed.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: Number(parsed.port || 6379),
    auth: [part(parsed.username), part(parsed.password)].filter((text) => text !== ''),
  };
}

const encode = (words) =>
  `*${words.length}\r\n${words.map((w) => `$${Buffer.byteLength(w)}\r\n${w}\r\n`).join('')}`;

/** Asks one question and gives the answer; throws when it cannot be had in time. */
export async function ask(url, question, timeoutMs) {
  const { isTls, host, port, auth } = endpointOf(url);
  const questions = [...(auth.length > 0 ? [['AUTH', ...auth]] : []), question];
  const socket = isTls
    ? tls.connect({ host, port, servername: net.isIP(host) ? '' : host })
    : net.connect({ host, port });
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
      const settle = (finish, value) => {
        clearTimeout(timer);
        finish(value);
      };
      let text = '';
      let open = questions.length;
      socket.setEncoding('latin1');
      socket.once('error', (error) => settle(reject, new Error(error.code ?? error.message)));
      socket.once('close', () => settle(reject, new Error('connection closed')));
      socket.write(questions.map(encode).join(''));
      socket.on('data', (chunk) => {
        text += chunk;
        for (let reply = parseReply(text); reply; reply = parseReply(text)) {
          text = reply.rest;
          open -= 1;
          if (reply.value instanceof Error) return settle(reject, reply.value);
          if (open === 0) return settle(resolve, reply.value);
        }
      });
    });
  } finally {
    socket.destroy();
  }
}
