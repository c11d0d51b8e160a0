import { type SimulatedBug, describeSimulatedBugs } from '@everstep/testkit';
import { vi } from 'vitest';
import type { Activation, PendingTask } from '@everstep/language';
import type * as writerModule from './commit-writer.ts';
import type * as callsModule from './calls.ts';
import type * as leaseModule from './lease-keeper.ts';
import type * as keeperModule from './run-keeper.ts';
import type * as suspectsModule from './suspects.ts';
import type * as codecModule from '../activation-codec.ts';
import type { EngineContext } from '../context.ts';
import type { CallOutcome } from '../perform-call.ts';
import type { ClaimedRun } from '../ports/run-store.ts';
import type { CallsOptions } from './calls.ts';
import type { WriterLease } from './commit-writer.ts';
import type { LeaseEvents } from './lease-keeper.ts';
import type { RunKeeperOptions } from './run-keeper.ts';

// Runtimes that leave out one sentence of the protocol, made by subclasses that exist in this test alone. What the store
// must keep is in the teeth of the testkit's simulator and of the contract suite.

const planted = vi.hoisted((): { bug: string | null } => ({ bug: null }));

vi.mock('./commit-writer.ts', async (original) => {
  const real = await original<typeof writerModule>();
  class CommitWriter extends real.CommitWriter {
    constructor(context: EngineContext, lease: WriterLease) {
      const careless: WriterLease = { ...identityOf(lease), valid: () => true };
      super(context, planted.bug === 'commit without a look at the lease' ? careless : lease);
    }
  }
  return { ...real, CommitWriter };
});

vi.mock('./calls.ts', async (original) => {
  const real = await original<typeof callsModule>();
  class Calls extends real.Calls {
    constructor(context: EngineContext, options: CallsOptions) {
      super(context, planted.bug === 'call without a look at the lease' ? { ...options, mayAct: () => true } : options);
    }

    /** The outcome of whichever call of the execution has one. */
    override outcome(executionId: string, task: PendingTask): CallOutcome | null | undefined {
      const own = super.outcome(executionId, task);
      if (planted.bug !== 'answers of other attempts' || own !== undefined || task.taskId < 2) return own;
      return this.outcome(executionId, { ...task, taskId: task.taskId - 1 });
    }
  }
  return { ...real, Calls };
});

vi.mock('./lease-keeper.ts', async (original) => {
  const real = await original<typeof leaseModule>();
  class LeaseKeeper extends real.LeaseKeeper {
    constructor(context: EngineContext, host: string, events: LeaseEvents) {
      super(
        context,
        host,
        planted.bug === 'keep what was lost' ? { ...events, onLost: async () => undefined } : events,
      );
    }
  }
  return { ...real, LeaseKeeper };
});

vi.mock('./run-keeper.ts', async (original) => {
  const real = await original<typeof keeperModule>();
  class RunKeeper extends real.RunKeeper {
    readonly #options: RunKeeperOptions;

    constructor(context: EngineContext, options: RunKeeperOptions) {
      super(context, planted.bug === 'forget the refused' ? { ...options, reclaim: () => undefined } : options);
      this.#options = options;
    }

    override admit(claimed: ClaimedRun, isStillOurs: () => boolean): Promise<void> {
      if (planted.bug === 'forget calls in flight') this.#options.calls.endAll(claimed.execution.executionId);
      return super.admit(claimed, planted.bug === 'admit what was lost' ? () => true : isStillOurs);
    }
  }
  return { ...real, RunKeeper };
});

vi.mock('./suspects.ts', async (original) => {
  const real = await original<typeof suspectsModule>();
  class Suspects extends real.Suspects {
    override includes(run: ClaimedRun): boolean {
      return super.includes(run) && (planted.bug !== 'suspects stay where they are' || run.crashes >= 7);
    }
  }
  return { ...real, Suspects };
});

vi.mock('../activation-codec.ts', async (original) => {
  const real = await original<typeof codecModule>();
  const asTheyCame = (activations: readonly Activation[]): Activation[] => [...activations];
  return {
    ...real,
    inOrder: (activations: readonly Activation[]) =>
      planted.bug === 'a Stop waits its turn' ? asTheyCame(activations) : real.inOrder(activations),
  };
});

/** A lease is read when it is used: its identity changes. */
function identityOf(lease: WriterLease): { readonly workerId: string } {
  return {
    get workerId() {
      return lease.workerId;
    },
  };
}

function inRuntime(name: string): Pick<SimulatedBug, 'plant'> {
  return {
    plant: () => {
      planted.bug = name;
      return () => {
        planted.bug = null;
      };
    },
  };
}

const BUSY = { executions: 4, machines: 2, workers: 2 };
const FROZEN = { ...BUSY, freeze: 0.03, leaseMs: 3_000, crash: 0, maxResidentExecutions: 2_000 };

const bugs: Record<string, SimulatedBug> = {
  'commits are sent without a look at the lease': {
    ...inRuntime('commit without a look at the lease'),
    profile: FROZEN,
    by: ['lease', 'fence'],
  },
  'calls are made without a look at the lease': {
    ...inRuntime('call without a look at the lease'),
    profile: FROZEN,
    by: ['lease', 'effects'],
  },
  'who lost its lease keeps what it had': {
    ...inRuntime('keep what was lost'),
    profile: FROZEN,
    by: ['fence', 'effects', 'lease', 'served'],
  },
  'what was claimed under a lost identity is taken': {
    ...inRuntime('admit what was lost'),
    profile: { ...FROZEN, slow: 0.2 },
    by: ['fence', 'effects', 'lease'],
  },
  'what was refused is forgotten': {
    ...inRuntime('forget the refused'),
    bug: {
      store: (store) => ({ renewLease: async (request) => ({ ...(await store.renewLease(request)), notHeld: [] }) }),
    },
    profile: { ...BUSY, unknown: 0.1, crash: 0, freeze: 0 },
    by: ['served', 'ended'],
  },
  'calls in flight are made again after a claim': {
    ...inRuntime('forget calls in flight'),
    profile: { ...BUSY, unknown: 0.1 },
    by: ['effects'],
  },
  'an attempt takes the answer of another': {
    ...inRuntime('answers of other attempts'),
    profile: { ...BUSY, unknown: 0.2 },
    by: ['replay', 'ended', 'served'],
  },
  'an execution that ends its processes is run beside others until it is failed': {
    ...inRuntime('suspects stay where they are'),
    profile: { ...BUSY, quarantine: 2, poison: 0.5, maxResidentExecutions: 2_000 },
    by: ['quarantine', 'engine'],
  },
  'a Stop waits its turn': {
    ...inRuntime('a Stop waits its turn'),
    profile: BUSY,
    by: ['acknowledged', 'parked'],
  },
};

describeSimulatedBugs('the runtime', bugs);
