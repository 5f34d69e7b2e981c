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

/** Skills of an agent set by command. Without `skills`, the options apply again. */
export const liveSkillsSchema = z.strictObject({
  skills: skillsSchema.optional(),
  version: z.int(),
})
export type LiveSkills = z.output<typeof liveSkillsSchema>

/** The skills of an agent, and where they come from. */
export interface AgentSkills {
  readonly agent: string
  /** Absent if neither the options nor a command set any. */
  readonly skills?: Skills
  readonly from: 'options' | 'command' | 'nobody'
  /** Number of commands that have changed them. */
  readonly version: number
}

/** The reply to a change. */
export type ChangeReply = Reply<
  AgentSkills & {
    /** False: stored, and sent to the engine as soon as it is reachable and knows the agent. */
    readonly isApplied: boolean
  }
>

/** Stores the agents' skills, and keeps the engine in step with them. */
export interface SkillKeeper {
  start(): Promise<void>
  stop(): Promise<void>
  /** Lists the skills of one agent, or of all agents for whom any are set. */
  list(agent?: string): Promise<readonly AgentSkills[]>
  /**
   * Sets the skills of an agent; undefined resets them to the options.
   *
   * @param ifVersion refuses the change if the stored version is another
   */
  set(agent: string, skills: Skills | undefined, ifVersion?: number): Promise<ChangeReply>
  /** Sends the skills of one agent to the engine. @returns whether the engine accepted them */
  push(agent: string): Promise<boolean>
  /** Compares the engine's list of skills, and corrects the differences. */
  check(): Promise<void>
}

interface KeeperParts
  extends Pick<PluginContext, 'clock' | 'commands' | 'log' | 'metrics' | 'tenant'> {
  readonly store: PluginKv<LiveSkills>
  /** The skills from the options; commands override them. */
  readonly agents: Readonly<Record<string, Skills>>
}

const minuteMs = 60_000

export function createSkillKeeper(parts: KeeperParts): SkillKeeper {
  const { store, agents, clock, commands, log, tenant } = parts
  const pushed = parts.metrics.counter({
    name: 'switchyard_skill_pushes_total',
    help: 'Updates of an agent’s skills sent to the engine, by outcome.',
    labels: ['tenant', 'outcome'],
  })
  const live = new Map<string, LiveSkills>()
  let isStarted = false
  let watch: Subscription | undefined
  let reportedMissing = ''

  function stateOf(agent: string, override = live.get(agent)): AgentSkills {
    const configured = Object.hasOwn(agents, agent) ? agents[agent] : undefined
    const skills = override?.skills ?? configured
    return {
      agent,
      ...(skills !== undefined && { skills }),
      from: override?.skills !== undefined ? 'command' : configured ? 'options' : 'nobody',
      version: override?.version ?? 0,
    }
  }

  function all(): readonly AgentSkills[] {
    const known = new Set([...Object.keys(agents), ...live.keys()])
    return [...known].map((agent) => stateOf(agent))
  }

  async function send({ agent, skills, version }: AgentSkills): Promise<boolean> {
    if (skills === undefined) {
      return false
    }
    // All replicas derive the same id within a minute, so that the engine carries it out once.
    const minute = Math.floor(clock.now() / minuteMs)
    const text = JSON.stringify([agent, Object.entries(skills).toSorted(), version, minute])
    const commandId = `skill-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`
    const reply = await commands.command('agent.setSkills', { agent, skills }, { commandId })
    pushed({ tenant, outcome: reply.ok ? 'ok' : reply.error.code })
    return reply.ok
  }

  function onChange(agent: string, override: LiveSkills | undefined): void {
    if (override === undefined) {
      live.delete(agent)
    } else {
      live.set(agent, override)
    }
    if (isStarted) {
      void send(stateOf(agent))
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
        await send(one)
      }
    }
    const missing = wanted.map(({ agent }) => agent).filter((agent) => !engine.has(agent))
    const before = reportedMissing
    reportedMissing = missing.join()
    if (missing.length > 0 && reportedMissing !== before) {
      log.warn(
        { agents: missing },
        'skills are configured for agents that the engine does not know',
      )
    }
  }

  return {
    async start() {
      watch = await store.watch(onChange)
      isStarted = true
      // Not awaited: an unreachable engine must not delay the start.
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
        return refuse('invalid', `ifVersion: the current version is ${kept?.version ?? 0}`)
      }
      const now = stateOf(agent, kept)
      return { ok: true, ...now, isApplied: await send(now) }
    },

    push: (agent) => send(stateOf(agent)),
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
