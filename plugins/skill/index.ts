import { definePlugin, PLUGIN_API, z } from '../../engine/plugin/index.ts'
import { disk } from './files.ts'
import { skillOptions, skillsSchema, wordSchema } from './options.ts'
import { createParts, type SkillPorts } from './parts.ts'

const agent = wordSchema.describe('the agent, by id')

/** Makes the plugin on a given world; its default export is the one on this machine. */
export function createSkillPlugin(ports: SkillPorts) {
  return definePlugin({
    name: 'skill',
    api: PLUGIN_API,
    description: 'Says what each call needs, and what each agent knows.',
    options: skillOptions,

    // The engine waits for the first word: no claim and no mark are written on the way to it. What
    // is done twice is the same as once, by ids of commands and by compare-and-set.
    delivery: { isOnce: false, concurrency: 512, takeoverMs: 5_000 },

    setup: (context) => createParts(context, ports),

    events: {
      'call.arrived': (event, { state, commands }) => state.classifier.arrived(event, commands),
      'flow.collected': (event, { state, commands }) => state.classifier.collected(event, commands),
      'call.completed': ({ data, at }, { state }) => state.ended(data.callId, at, data.agent),
      'call.abandoned': ({ data, at }, { state }) => state.ended(data.callId, at),
      'call.contained': ({ data, at }, { state }) => state.ended(data.callId, at),
      'call.lost': ({ data, at }, { state }) => state.ended(data.callId, at),
      'call.rejected': ({ data, at }, { state }) => state.ended(data.callId, at),
      'call.sentAway': ({ data, at }, { state }) => state.ended(data.callId, at),
      'call.transferred': ({ data, at }, { state }) => state.ended(data.callId, at),
      async 'agent.stateChanged'({ data }, { state }) {
        if (data.previous === 'off' && data.state !== 'off') {
          await state.skills.push(data.agent)
        }
      },
    },

    commands: {
      setSkills: {
        description: 'Replaces what an agent knows, from now on, whatever the options say.',
        input: z.strictObject({
          agent,
          skills: skillsSchema.describe('skill to level, 1 (novice) to 5 (expert)'),
          ifVersion: z
            .int()
            .nonnegative()
            .optional()
            .describe('only if nobody changed it since this version'),
        }),
        handle: (input, { state }) => state.skills.set(input.agent, input.skills, input.ifVersion),
      },
      resetSkills: {
        description: 'Makes the options hold again for what an agent knows.',
        input: z.strictObject({ agent }),
        handle: (input, { state }) => state.skills.set(input.agent, undefined),
      },
      getSkills: {
        description: 'Says what the agents know, and who says so.',
        input: z.strictObject({ agent: agent.optional() }),
        async handle(input, { state }) {
          return { ok: true, agents: await state.skills.list(input.agent) }
        },
      },
      explain: {
        description: 'Says what a call like this would need, and which rules say so.',
        input: z.strictObject({
          dialledNumber: z.string().max(64),
          callerNumber: z.string().max(64).default('').describe('empty when withheld'),
          origin: z.enum(['caller', 'callback', 'originate']).default('caller'),
          chosen: z
            .record(z.string(), z.string())
            .default({})
            .describe('what the caller answered to flows'),
        }),
        async handle(input, { state }) {
          return { ok: true, ...(await state.explain(input)) }
        },
      },
    },

    stop: ({ state }) => state.skills.stop(),
  })
}

export default createSkillPlugin({ fetch, files: disk, environment: process.env })
