import { randomBytes } from 'node:crypto';
import type { HintConsumer, HintQueue, Logger, QueueHealth, Subscription, Topic } from '@everstep/engine';
import { HintDispatcher } from '@everstep/engine';
import { Members } from './members.ts';
import { decode, encode, maxPayloadBytes, type Message, packHints } from './messages.ts';
import { channelName, type Notification, NotifyConnection } from './notify-connection.ts';

export interface PostgresQueueOptions {
  readonly connectionString: string;
  readonly logger: Logger;
  /** First part of all channel names: lower case letters, digits and `_`. Default `everstep`. */
  readonly channelPrefix?: string;
}

/** Hints through LISTEN/NOTIFY: the installation with Postgres alone. */
export function createPostgresQueue(options: PostgresQueueOptions): HintQueue {
  return new PostgresQueue(options);
}

const topics = ['wake', 'activity'] as const satisfies readonly Topic[];

class PostgresQueue implements HintQueue {
  /** This process among the members. */
  readonly #id = randomBytes(8).toString('hex');
  readonly #logger: Logger;
  readonly #prefix: string;
  readonly #members = new Members();
  readonly #dispatcher: HintDispatcher;
  readonly #connection: NotifyConnection;
  readonly #listeners = new Map<Topic, Set<(payload: string) => void>>();
  readonly #toSend = new Set<string>();
  readonly #presence: NodeJS.Timeout;
  #turn: NodeJS.Immediate | null = null;
  #free = false;
  #closed = false;

  constructor({ connectionString, logger, channelPrefix }: PostgresQueueOptions) {
    this.#logger = logger;
    this.#prefix = channelPrefix ?? 'everstep';
    this.#dispatcher = new HintDispatcher({ logger, onFreeChange: (free) => this.#freeChanged(free) });
    this.#connection = new NotifyConnection({
      connectionString,
      logger,
      onNotification: (notification) => this.#receive(notification),
      onConnected: () => {
        this.#connection.notify(this.#prefix, encode({ kind: 'who' }));
        this.#sayPresent();
      },
      onDisconnected: () => this.#members.forgetAllBut(this.#id),
    });
    void this.#connection.listen(this.#prefix);
    void this.#connection.listen(this.#channel('member', this.#id));
    // Also finds a connection that broke without a word.
    this.#presence = setInterval(() => this.#sayPresent(), Members.presenceMs).unref();
  }

  send(executionIds: readonly string[]): void {
    if (this.#closed) return;
    for (const id of executionIds) this.#toSend.add(id);
    this.#turn ??= setImmediate(() => {
      this.#turn = null;
      this.#route();
    });
  }

  sendToWorker(workerId: string, executionIds: readonly string[]): void {
    if (this.#closed || this.#dispatcher.offerOwn(workerId, executionIds)) return;
    for (const payload of packHints(executionIds)) this.#connection.notify(this.#channel('worker', workerId), payload);
  }

  async consume(consumer: HintConsumer): Promise<Subscription> {
    if (this.#closed) throw new Error('the queue is closed');
    const channel = this.#channel('worker', consumer.workerId);
    await this.#connection.attempted();
    await this.#connection.listen(channel);
    const subscription = this.#dispatcher.add(consumer);
    this.#sayPresent();
    return {
      close: async () => {
        await subscription.close();
        if (!this.#dispatcher.hasConsumers) this.#leave();
        await this.#connection.unlisten(channel);
      },
    };
  }

  announce(topic: Topic, payload: string): void {
    if (this.#closed) return;
    // Listeners in this process hear it even while the database is away.
    setImmediate(() => this.#tell(topic, payload));
    const text = encode({ kind: 'announcement', from: this.#id, payload });
    if (Buffer.byteLength(text) <= maxPayloadBytes) this.#connection.notify(this.#channel('topic', topic), text);
    else this.#logger.error({ topic, bytes: text.length }, 'an announcement is too long for NOTIFY and was dropped');
  }

  async listen(topic: Topic, listener: (payload: string) => void): Promise<Subscription> {
    if (this.#closed) throw new Error('the queue is closed');
    const channel = this.#channel('topic', topic);
    const entry = (payload: string): void => listener(payload);
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(entry));
    await this.#connection.attempted();
    await this.#connection.listen(channel);
    return {
      close: async () => {
        if (listeners.delete(entry)) await this.#connection.unlisten(channel);
      },
    };
  }

  async health(): Promise<QueueHealth> {
    const depth = this.#dispatcher.depth;
    try {
      if (this.#closed) throw new Error('the queue is closed');
      await this.#connection.ping();
      return { healthy: true, depth };
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      const { dropped } = this.#connection;
      return { healthy: false, depth, reason: dropped > 0 ? `${reason} (${dropped} messages dropped so far)` : reason };
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#presence);
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#listeners.clear();
    // Hints that nobody here will take any more go to whoever is left.
    const left = [...this.#toSend, ...this.#dispatcher.takePending()];
    this.#toSend.clear();
    this.#leave();
    for (const id of left) this.#toSend.add(id);
    this.#route();
    await this.#dispatcher.close();
    await this.#connection.close();
  }

  /** The turn's hints, each to the member chosen for it; to all of them where none is known. */
  #route(): void {
    const byMember = new Map<string | null, string[]>();
    for (const id of this.#toSend) {
      const member = this.#members.choose(id);
      const ids = byMember.get(member);
      if (ids === undefined) byMember.set(member, [id]);
      else ids.push(id);
    }
    this.#toSend.clear();
    for (const [member, ids] of byMember) {
      if (member === this.#id) {
        this.#dispatcher.offer(ids);
        continue;
      }
      const channel = member === null ? this.#prefix : this.#channel('member', member);
      for (const payload of packHints(ids)) this.#connection.notify(channel, payload);
    }
  }

  #receive({ channel, payload }: Notification): void {
    const message = decode(payload);
    if (message === null) {
      this.#logger.warn({ channel }, 'a notification that is not ours was ignored');
      return;
    }
    if (message.kind === 'hints') this.#receiveHints(channel, message.executionIds);
    else if (message.kind === 'announcement') this.#receiveAnnouncement(channel, message);
    else if (message.kind === 'who') this.#sayPresent();
    else if (message.kind === 'gone') this.#members.gone(message.member);
    else {
      this.#members.heard(message.member, message.free);
      this.#passOn();
    }
  }

  #receiveHints(channel: string, executionIds: readonly string[]): void {
    if (channel === this.#prefix || channel === this.#channel('member', this.#id)) {
      if (this.#dispatcher.hasConsumers) this.#dispatcher.offer(executionIds);
      this.#passOn();
      return;
    }
    for (const workerId of this.#dispatcher.workerIds) {
      if (this.#channel('worker', workerId) === channel) this.#dispatcher.offerOwn(workerId, executionIds);
    }
  }

  #receiveAnnouncement(channel: string, message: Message & { kind: 'announcement' }): void {
    if (message.from === this.#id) return;
    const topic = topics.find((name) => this.#channel('topic', name) === channel);
    if (topic !== undefined) this.#tell(topic, message.payload);
  }

  #tell(topic: Topic, payload: string): void {
    for (const listener of this.#listeners.get(topic) ?? []) {
      try {
        listener(payload);
      } catch (error) {
        this.#logger.error({ err: error, topic }, 'a listener failed');
      }
    }
  }

  #freeChanged(free: boolean): void {
    this.#free = free;
    this.#sayPresent();
    this.#passOn();
  }

  /** Hints held here while others have capacity go to them. */
  #passOn(): void {
    if (this.#free || this.#dispatcher.depth === 0 || !this.#members.anyFreeBut(this.#id)) return;
    this.send(this.#dispatcher.takePending());
  }

  #sayPresent(): void {
    if (this.#closed) return;
    if (!this.#dispatcher.hasConsumers) {
      // Nothing to say, but a connection that broke silently shows at the next statement.
      void this.#connection.probe();
      return;
    }
    this.#members.heard(this.#id, this.#free);
    this.#connection.notify(this.#prefix, encode({ kind: 'present', member: this.#id, free: this.#free }));
  }

  #leave(): void {
    this.#members.gone(this.#id);
    this.#connection.notify(this.#prefix, encode({ kind: 'gone', member: this.#id }));
  }

  #channel(kind: 'member' | 'worker' | 'topic', name: string): string {
    return channelName(this.#prefix, kind, name);
  }
}
