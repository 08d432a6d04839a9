// One line a message, on stderr: stdout belongs to the command.
import process from 'node:process';

export function say(line) {
  process.stderr.write(`[bootstrap] ${line}\n`);
}

/** Thrown to end the start with one clear sentence. */
export class Stop extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
