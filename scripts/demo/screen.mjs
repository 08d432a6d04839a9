// Shows migrations as they move: a table that is drawn anew on a terminal, else one line for each change.
const COLORS = { succeeded: 32, failed: 31, canceled: 31, outcome_unknown: 35, importing: 36 };
const BAR = 16;

export class Screen {
  constructor(out, sent) {
    this.out = out;
    this.stories = new Map(sent.map(({ id, story }) => [id, story]));
    this.last = new Map();
    this.drawn = 0;
  }

  show(views, world) {
    const imports = new Map(world.imports.map((one) => [one.importId, one]));
    if (this.out.isTTY) this.draw(views, imports, world.now);
    else this.tell(views);
  }

  draw(views, imports, now) {
    const rows = views.map((view) => this.row(view, imports.get(view.importId), now));
    const up = this.drawn > 0 ? `\x1b[${this.drawn}A` : '';
    this.out.write(up + rows.map((row) => `\x1b[2K${row}\n`).join(''));
    this.drawn = rows.length;
  }

  row(view, running, now) {
    const story = (this.stories.get(view.id) ?? '').padEnd(32);
    const color = COLORS[view.status] ?? 33;
    const status = `\x1b[${color}m${view.status.padEnd(15)}\x1b[0m`;
    const part = running ? partOf(running, now) : 0;
    const bar = '█'.repeat(Math.round(part * BAR)).padEnd(BAR, '·');
    return `${story} ${status} ${bar} ${remark(view)}`.trimEnd();
  }

  tell(views) {
    for (const view of views) {
      const text = `${view.status.padEnd(15)} ${remark(view)}`.trimEnd();
      if (this.last.get(view.id) === text) continue;
      this.last.set(view.id, text);
      const time = new Date().toISOString().slice(11, 19);
      const ended = views.filter((one) => one.finishedAt !== null).length;
      const story = (this.stories.get(view.id) ?? '').padEnd(32);
      this.out.write(`${time} [${ended}/${views.length}] ${story} ${text}\n`);
    }
  }
}

function partOf(running, now) {
  const [start, end, at] = [running.startedAt, running.endsAt, now].map((time) => Date.parse(time));
  return Math.min(1, Math.max(0, (at - start) / (end - start)));
}

function remark(view) {
  const words = [];
  if (view.importId) words.push(`ImportId ${view.importId}`);
  if (view.blockedBy.length > 0) words.push(`waits for ${view.blockedBy[0].migrationId}`);
  if (view.attempt > 1) words.push(`attempt ${view.attempt}`);
  if (view.reason) words.push(view.reason.code);
  return words.join(', ');
}
