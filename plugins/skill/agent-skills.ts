import { createHash } from 'node:crypto'
import {
  type PluginContext,
  type PluginKv,
  type Reply,
  refuse,
  type Subscription,
  z,
} from '../../engine/plugin/index.ts'
import { type Skills, skillsSchema } from './options.ts'

/** What was said of an agent while it runs; without skills the options hold again. */
export const liveSkillsSchema = z.strictObject({
  skills: skillsSchema.optional(),
  version: z.int(),
})
export type LiveSkills = z.output<typeof liveSkillsSchema>

/** What an agent knows, and who says so. */
export interface AgentSkills {
  readonly agent: string
  /** Absent where neither the options nor a command say anything. */
  readonly skills?: Skills
  readonly from: 'options' | 'command' | 'nobody'
  /** Counts the commands that changed it, from 0. */
  readonly version: number
}

/** What came of a change. */
export type ChangeReply = Reply<
  AgentSkills & {
    /** False: kept, and given to the engine as soon as it is there and knows the agent. */
    readonly isApplied: boolean
  }
>

/** Keeps what the agents know, and sees to it that the engine knows it. */
export interface SkillKeeper {
  start(): Promise<void>
  stop(): Promise<void>
  /** Of all agents of whom anything is said, or of one. */
  list(agent?: string): Promise<readonly AgentSkills[]>
  /** @param ifVersion changes nothing unless it is still at this version */
  set(agent: string, skills: Skills | undefined, ifVersion?: number): Promise<ChangeReply>
  /** Tells the engine what one agent knows. @returns whether it took it */
  push(agent: string): Promise<boolean>
  /** Asks the engine what it takes the agents to know, and corrects that. */
  check(): Promise<void>
}

interface KeeperParts
  extends Pick<PluginContext, 'clock' | 'commands' | 'log' | 'metrics' | 'tenant'> {
  readonly store: PluginKv<LiveSkills>
  /** What the agents know unless a command says otherwise. */
  readonly agents: Readonly<Record<string, Skills>>
}

const minuteMs = 60_000

export function createSkillKeeper(parts: KeeperParts): SkillKeeper {
  const { store, agents, clock, commands, log, tenant } = parts
  const pushed = parts.metrics.counter({
    name: 'switchyard_skill_pushes_total',
    help: 'Times that the engine was told what an agent knows, by outcome.',
    labels: ['tenant', 'outcome'],
  })
  const live = new Map<string, LiveSkills>()
  let isStarted = false
  let watch: Subscription | undefined
  let unknown = ''

  function stateOf(agent: string, said = live.get(agent)): AgentSkills {
    const configured = Object.hasOwn(agents, agent) ? agents[agent] : undefined
    const skills = said?.skills ?? configured
    return {
      agent,
      ...(skills !== undefined && { skills }),
      from: said?.skills !== undefined ? 'command' : configured ? 'options' : 'nobody',
      version: said?.version ?? 0,
    }
  }

  function all(): readonly AgentSkills[] {
    const known = new Set([...Object.keys(agents), ...live.keys()])
    return [...known].map((agent) => stateOf(agent))
  }

  async function tell({ agent, skills, version }: AgentSkills): Promise<boolean> {
    if (skills === undefined) {
      return false
    }
    // Replicas say the same in the same minute: the engine hears it once.
    const minute = Math.floor(clock.now() / minuteMs)
    const text = JSON.stringify([agent, Object.entries(skills).toSorted(), version, minute])
    const commandId = `skill-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    const reply = await commands.command('agent.setSkills', { agent, skills }, { commandId })
    pushed({ tenant, outcome: reply.ok ? 'ok' : reply.error.code })
    return reply.ok
  }

  function onChange(agent: string, said: LiveSkills | undefined): void {
    if (said === undefined) {
      live.delete(agent)
    } else {
      live.set(agent, said)
    }
    if (isStarted) {
      void tell(stateOf(agent))
    }
  }

  async function check(): Promise<void> {
    const wanted = all().filter(({ skills }) => skills !== undefined)
    if (wanted.length === 0) {
      return
    }
    const reply = await commands.command('agent.list', {})
    if (!reply.ok) {
      return
    }
    const engine = new Map(reply.agents.map(({ agent, skills }) => [agent, skills]))
    for (const one of wanted) {
      const there = engine.get(one.agent)
      if (there !== undefined && !isSame(there, one.skills ?? {})) {
        await tell(one)
      }
    }
    const missing = wanted.map(({ agent }) => agent).filter((agent) => !engine.has(agent))
    const before = unknown
    unknown = missing.join()
    if (missing.length > 0 && unknown !== before) {
      log.warn({ agents: missing }, 'the engine does not know agents who have skills')
    }
  }

  return {
    async start() {
      watch = await store.watch(onChange)
      isStarted = true
      // An engine that is away is no reason not to start.
      void check()
    },

    async stop() {
      await watch?.stop()
    },

    async list(agent) {
      if (agent === undefined) {
        return all()
      }
      return [stateOf(agent, (await store.get(agent))?.value)]
    },

    async set(agent, skills, ifVersion) {
      let isRefused = false
      const kept = await store.update(agent, (current) => {
        const version = current?.version ?? 0
        isRefused = ifVersion !== undefined && ifVersion !== version
        if (isRefused || (skills === undefined && current?.skills === undefined)) {
          return current
        }
        return { ...(skills !== undefined && { skills }), version: version + 1 }
      })
      if (isRefused) {
        return refuse('invalid', `ifVersion: it is at version ${kept?.version ?? 0} by now`)
      }
      const now = stateOf(agent, kept)
      return { ok: true, ...now, isApplied: await tell(now) }
    },

    push: (agent) => tell(stateOf(agent)),
    check,
  }
}

function isSame(a: Skills, b: Skills): boolean {
  const entries = Object.entries(a)
  return (
    entries.length === Object.keys(b).length &&
    entries.every(([skill, level]) => Object.hasOwn(b, skill) && b[skill] === level)
  )
}
