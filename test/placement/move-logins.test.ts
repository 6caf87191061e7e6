// A project moves while people sign in, are asked who they are, sign out, and operators change things: on two isolates that
// remember places on their own. Nobody loses a login, nothing counts twice, and what has ended stays ended.

import { env } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseEmailAddress } from "../../src/domain/domains/email-address.ts";
import { createMoveService } from "../../src/domain/placement/move.ts";
import { type Services, servicesFor } from "../../src/services.ts";
import { findProject } from "../../src/storage/projects.ts";
import { createScene, person, type Scene } from "../login/scene.ts";
import { api } from "../support/management.ts";
import { type Places, withPlaces } from "../support/places.ts";
import { putProject } from "../support/rows.ts";
import { createVisitor, type Visitor } from "../support/visitor.ts";
import { anchor, context, count, fill, neighbours, rowsOf } from "./crowd.ts";

const PASSWORD = "violet harbour ladder 42";
/** An isolate remembers a place for ten seconds, and a test does not wait for rows to be deleted in peace. */
const TIMES = { announced: 10_500, settled: 4_500, frozenSeconds: 30, stretches: 60, step: 5_000, hold: 60_000 };
/** While a move is announced the crowd works for a moment, then nobody comes for so long, then it works until the end. */
const SKIPPED = 9_000;

let skipped = 0;
const realNow = Date.now.bind(Date);
const clock = vi.spyOn(Date, "now").mockImplementation(() => realNow() + skipped);
afterAll(() => clock.mockRestore());

/** What happened to one person's session. */
interface Signed {
  visitor: Visitor;
  ended: boolean;
}

/** People and operators at work on a project, until `stop`. */
class Crowd {
  readonly signed: Signed[] = [];
  /** Callbacks that have been used, with the cookies from before. */
  readonly used: { url: URL; visitor: Visitor }[] = [];
  /** Logins that wait at the IdP. */
  readonly begun: { url: URL; visitor: Visitor }[] = [];
  readonly wrong: string[] = [];
  readonly done = { sso: 0, password: 0, whoami: 0, ended: 0, changes: 0, replays: 0 };
  retried = 0;
  private stopped = false;
  /** Requests on their way, and what nobody sets out before. */
  private readonly under = new Set<Promise<void>>();
  private gate: Promise<void> = Promise.resolve();
  private readonly loops: Promise<void>[] = [];
  private serial = 0;

  constructor(
    private readonly scene: Scene,
    private readonly isolates: readonly [Env, Env],
    private readonly organizationId: string,
  ) {}

  start(): void {
    for (const work of [this.sso, this.password, this.whoami, this.end, this.change, this.replay]) {
      this.loops.push(this.again(work.bind(this)));
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.loops);
  }

  /** Lets time pass in which nobody is on the way. */
  async skip(milliseconds: number): Promise<void> {
    let open = () => {};
    this.gate = new Promise((resolve) => {
      open = resolve;
    });
    await Promise.all(this.under);
    skipped += milliseconds;
    open();
  }

  isolate(): Env {
    return this.isolates[this.serial++ % 2 === 0 ? 0 : 1];
  }

  /** A login up to the IdP's answer. */
  async begin(name = `person${this.serial++}`): Promise<{ url: URL; visitor: Visitor }> {
    const visitor = createVisitor(this.isolate(), `203.0.113.${this.serial % 250}`);
    const { connection, domain } = this.scene.a;
    const at = await this.scene.start(connection, visitor);
    return { url: await this.scene.idpA.authorize(at, person(domain, name)), visitor };
  }

  private async sso(): Promise<void> {
    const { url, visitor } = await this.begin();
    const before = withCookiesOf(visitor, this.isolate());
    const answer = await this.send("sso", () => visitor.get(url));
    if (answer.status !== 303) return void this.wrong.push(`sso: ${answer.status}`);
    this.done.sso += 1;
    this.signed.push({ visitor, ended: false });
    this.used.push({ url, visitor: before });
  }

  private async password(): Promise<void> {
    const { login, sessions } = servicesFor(this.isolate());
    const { project } = this.scene;
    const address = parseEmailAddress("local@personal.example");
    if (!address.ok) throw new Error("no address");
    const input = { address: address.address, password: PASSWORD, returnTo: "http://localhost:8787/" };
    const outcome = await login.loginWithPassword(project, input, { ...context, ipAddress: `198.51.100.${this.serial++ % 250}` });
    if (!outcome.ok) return void this.wrong.push(`password: ${outcome.reason}`);
    const known = await sessions.authenticate(project.id, outcome.token);
    if (!known.ok) this.wrong.push("password: the session is not known");
    this.done.password += 1;
  }

  private async whoami(): Promise<void> {
    const one = this.signed[(this.serial++ * 7) % Math.max(this.signed.length, 1)];
    if (!one || one.ended) return;
    const answer = await this.ask(one.visitor);
    // It may have been ended while it was asked about.
    if (answer !== 200 && !one.ended) this.wrong.push(`whoami: ${answer}`);
    this.done.whoami += 1;
  }

  private async end(): Promise<void> {
    const one = this.signed.find(({ ended }, index) => !ended && index % 3 === 0);
    if (!one) return;
    one.ended = true;
    const session = await this.send("whoami", () => this.whoamiOf(one.visitor));
    const { id } = await session.json<{ id: string }>();
    const answer = await this.send("end", () => this.manage("DELETE", `/admin/sessions/${id}`));
    if (answer.status !== 204) return void this.wrong.push(`end: ${answer.status}`);
    if ((await this.ask(one.visitor)) !== 401) this.wrong.push("a session lives on after its end");
    this.done.ended += 1;
  }

  private async change(): Promise<void> {
    const label = `Label ${this.serial++}`;
    const { project } = this.scene;
    const path = `/projects/${project.id}/organizations/${this.organizationId}`;
    const answer = await api("PUT", path, { body: { label, domains: [`moved-${project.slug}.test`] }, env: this.isolate() });
    if (answer.status !== 200) return void this.wrong.push(`change: ${answer.status} ${answer.text}`);
    const read = await api("GET", path, { env: this.isolate() });
    if (read.json.organization.label !== label) this.wrong.push("a change is not there");
    this.done.changes += 1;
  }

  private async replay(): Promise<void> {
    const one = this.used.shift();
    if (!one) return;
    const answer = await this.send("replay", () => one.visitor.get(one.url));
    if ((await this.ask(one.visitor)) !== 401) this.wrong.push(`a callback counted twice: ${answer.status}`);
    this.done.replays += 1;
  }

  /** Whoami's status. */
  async ask(visitor: Visitor): Promise<number> {
    return (await this.send("whoami", () => this.whoamiOf(visitor))).status;
  }

  whoamiOf(visitor: Visitor): Promise<Response> {
    return visitor.get(`${this.scene.origin}/sessions/whoami`, { Accept: "application/json" });
  }

  private manage(method: string, path: string): Promise<Response> {
    const visitor = createVisitor(this.isolate());
    return visitor.send(`${this.scene.origin}${path}`, { method, headers: { Authorization: `Bearer ${env.ROOT_KEY}` } });
  }

  private async send(what: string, request: () => Promise<Response>): Promise<Response> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await request();
      if (answer.status < 500) return answer;
      this.retried += 1;
      if (answer.status !== 503 || !answer.headers.has("Retry-After") || attempt === 5) {
        this.wrong.push(`${what}: ${answer.status}`);
        return answer;
      }
    }
  }

  private async again(work: () => Promise<void>): Promise<void> {
    while (!this.stopped) {
      await this.gate;
      const done = work().catch((error: unknown) => void this.wrong.push(String(error)));
      this.under.add(done);
      await done;
      this.under.delete(done);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
}

function withCookiesOf(visitor: Visitor, isolate: Env): Visitor {
  const copy = createVisitor(isolate);
  for (const [host, jar] of visitor.cookies) copy.cookies.set(host, new Map(jar));
  return copy;
}

async function move(crowd: Crowd, services: Services, projectId: string, target: number): Promise<string[]> {
  const mover = createMoveService(services.runtime, TIMES);
  const states: string[] = [];
  for (let call = 0; call < 100; call += 1) {
    const { state, waitMs } = await mover.advance(projectId, target, context);
    states.push(state);
    if (state === "done") return states;
    const skips = state === "announced" && waitMs > SKIPPED;
    if (skips) {
      await new Promise((resolve) => setTimeout(resolve, (waitMs - SKIPPED) / 2));
      await crowd.skip(SKIPPED);
    }
    await new Promise((resolve) => setTimeout(resolve, skips ? 0 : waitMs));
  }
  throw new Error(`not done: ${states.at(-1)}`);
}

describe.each([2, 8])("with %i databases", (databases) => {
  let places: Places;
  let isolates: [Env, Env];
  let scene: Scene;
  let crowd: Crowd;
  let elsewhere: string;
  beforeAll(async () => {
    places = await withPlaces(databases);
    isolates = [places.env, { ...places.env }];
    scene = await createScene(places.env);
    const quiet = await putProject({ slug: `quiet${databases}` });
    await fill(env.DB, quiet.id, 20);
    elsewhere = (await putProject({ slug: `elsewhere${databases}`, place: databases - 1 })).id;
    await anchor(servicesFor(places.env).runtime, elsewhere, databases - 1);
    await fill(places.databases[databases - 1] ?? env.DB, elsewhere, 20);
    await fill(env.DB, scene.project.id, 200);
    const made = await api("POST", `/projects/${scene.project.id}/organizations`, {
      body: { label: "Changing" },
      env: places.env,
    });
    const address = parseEmailAddress("local@personal.example");
    if (!address.ok) throw new Error("no address");
    const person = { address: address.address, name: "Local", password: PASSWORD, returnTo: "http://localhost:8787/" };
    expect((await servicesFor(places.env).login.register(scene.project, person, context)).ok).toBe(true);
    crowd = new Crowd(scene, isolates, made.json.id);
  });

  // The way back is the same among eight as among two.
  const isGoingBack = databases === 2;
  const title = `logins, sessions and changes go on through a move there${isGoingBack ? " and a move back" : ""}`;
  test(title, { timeout: 240_000 }, async () => {
    const { project } = scene;
    const target = databases - 1;
    const around = [await neighbours(places, 0, project.id), await neighbours(places, target, project.id)];
    const early = await crowd.begin("early");
    const held = await crowd.begin("held");
    const replayed = withCookiesOf(held.visitor, isolates[0]);
    expect((await held.visitor.get(held.url)).status).toBe(303);
    crowd.start();
    let before = { ...crowd.done };

    expect(await move(crowd, servicesFor(isolates[1]), project.id, target)).toEqual(
      expect.arrayContaining(["announced", "done"]),
    );
    expect(await findProject(servicesFor(places.env).runtime.directory, project.id)).toMatchObject({
      place: target,
      moving: false,
    });
    expect(count(await rowsOf(env.DB, project.id)), "nothing is left in the source").toBe(0);
    expect((await early.visitor.get(early.url)).status, "a login that began before the move").toBe(303);
    await replayed.get(held.url);
    expect(await crowd.ask(replayed), "a callback that was used before the move").toBe(401);
    expect(await crowd.ask(held.visitor), "and the session it gave").toBe(200);
    if (isGoingBack) {
      before = { ...crowd.done };
      await move(crowd, servicesFor(isolates[0]), project.id, 0);
      expect(count(await rowsOf(places.databases[target] ?? env.DB, project.id))).toBe(0);
    }
    await crowd.stop();
    expect(crowd.wrong).toEqual([]);
    expect(crowd.retried, "503 with Retry-After").toBe(0);
    for (const [kind, times] of Object.entries(crowd.done)) {
      expect(times, kind).toBeGreaterThan(before[kind as keyof typeof before]);
    }
    for (const { visitor, ended } of crowd.signed) expect(await crowd.ask(visitor)).toBe(ended ? 401 : 200);
    for (const { visitor } of [early, held]) expect(await crowd.ask(visitor)).toBe(200);
    expect([await neighbours(places, 0, project.id), await neighbours(places, target, project.id)]).toEqual(around);
  });
});
