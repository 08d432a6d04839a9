// A proxy before a Redis, as managed ones have: it keeps its clients' connections while the server behind it
// changes, and may send another command than it was given.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Command = readonly string[];

export interface RedisProxy {
  readonly url: string;
  readonly port: number;
  /** From now on every client is served by this server; none is told. What is under way is answered before. */
  switchTo(port: number): Promise<void>;
  close(): Promise<void>;
}

/** Each complete command at the beginning of what a client sent, and how many bytes they take. */
function commandsOf(data: Buffer): { readonly commands: Command[]; readonly taken: number } {
  const commands: Command[] = [];
  let at = 0;
  const line = (from: number): { readonly text: string; readonly next: number } | null => {
    const end = data.indexOf('\r\n', from);
    return end < 0 ? null : { text: data.toString('latin1', from, end), next: end + 2 };
  };
  for (;;) {
    let head = line(at);
    if (head === null) return { commands, taken: at };
    const count = Number(head.text.slice(1));
    const command: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const next = head.next;
      head = line(next);
      if (head === null) return { commands, taken: at };
      const end = head.next + Number(head.text.slice(1));
      if (data.length < end + 2) return { commands, taken: at };
      command.push(data.toString('latin1', head.next, end));
      head = { text: '', next: end + 2 };
    }
    commands.push(command);
    at = head.next;
  }
}

const written = (command: Command): Buffer =>
  Buffer.from(
    `*${command.length}\r\n${command.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`,
    'latin1',
  );

const LAST = randomUUID();
const LAST_REPLY = Buffer.from(`$${LAST.length}\r\n${LAST}\r\n`);

/** One client: what it sends goes to the server of the moment. */
class Client {
  private server: Socket | null = null;
  private greeting: Command | null = null;
  private unread: Buffer = Buffer.alloc(0);
  /** Sent while no server is there. */
  private held: Buffer[] = [];

  constructor(
    private readonly socket: Socket,
    private readonly rewrite: (command: Command) => Command,
  ) {
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      this.unread = Buffer.concat([this.unread, data]);
      const { commands, taken } = commandsOf(this.unread);
      this.unread = this.unread.subarray(taken);
      for (const command of commands) {
        if (command[0]?.toLowerCase() === 'hello') this.greeting = command;
        const text = written(this.rewrite(command));
        if (this.server === null) this.held.push(text);
        else this.server.write(text);
      }
    });
    socket.on('close', () => this.server?.destroy());
  }

  /** Until the server has answered all it was sent. */
  private async leave(): Promise<void> {
    const { server } = this;
    if (server === null) return;
    this.server = null;
    server.removeAllListeners('data');
    let rest = Buffer.alloc(0);
    const answered = new Promise<void>((resolve) => {
      server.once('close', resolve);
      server.on('data', (data: Buffer) => {
        rest = Buffer.concat([rest, data]);
        if (rest.subarray(-LAST_REPLY.length).equals(LAST_REPLY)) resolve();
      });
    });
    server.write(written(['ECHO', LAST]));
    await answered;
    this.socket.write(rest.subarray(0, -LAST_REPLY.length));
    server.destroy();
  }

  async serve(port: number): Promise<void> {
    await this.leave();
    const server = connect(port, '127.0.0.1');
    server.on('error', () => {});
    await once(server, 'connect');
    if (this.greeting !== null) {
      server.write(written(this.greeting));
      await once(server, 'data');
    }
    server.on('data', (data: Buffer) => this.socket.write(data));
    server.on('close', () => {
      if (this.server === server) this.socket.destroy();
    });
    this.server = server;
    for (const text of this.held.splice(0)) server.write(text);
  }

  end(): void {
    this.socket.destroy();
  }
}

export async function startRedisProxy(
  port: number,
  rewrite: (command: Command) => Command = (command) => command,
): Promise<RedisProxy> {
  let behind = port;
  const clients = new Set<Client>();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    const client = new Client(socket, rewrite);
    clients.add(client);
    socket.on('close', () => clients.delete(client));
    client.serve(behind).then(
      () => socket.resume(),
      () => socket.destroy(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${own}`,
    port: own,
    switchTo: async (next) => {
      behind = next;
      await Promise.all([...clients].map((client) => client.serve(next)));
    },
    close: async () => {
      server.close();
      for (const client of clients) client.end();
      await once(server, 'close');
    },
  };
}
