import { definePlugin, PLUGIN_API, z } from '../../engine/plugin/index.ts'
import { disk } from './files.ts'
import { skillOptions, skillsSchema, wordSchema } from './options.ts'
import { createParts, type SkillPorts } from './parts.ts'

const agent = wordSchema.describe('the agent’s id')

/** Creates the plugin with the given ports. The default export uses this machine's. */
export function createSkillPlugin(ports: SkillPorts) {
  return definePlugin({
    name: 'skill',
    api: PLUGIN_API,
    description: 'Classifies each call, and maintains the skills of each agent.',
    options: skillOptions,

    // The engine waits for the first classification, so nothing is written to the broker before it.
    // Handling an event twice is harmless, thanks to command ids and compare-and-set.
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
        description: 'Replaces the skills of an agent, overriding the options.',
        input: z.strictObject({
          agent,
          skills: skillsSchema.describe('skill to level, 1 (novice) to 5 (expert)'),
          ifVersion: z
            .int()
            .nonnegative()
            .optional()
            .describe('refuse the change if the stored version is another'),
        }),
        handle: (input, { state }) => state.skills.set(input.agent, input.skills, input.ifVersion),
      },
      resetSkills: {
        description: 'Resets the skills of an agent to those in the options.',
        input: z.strictObject({ agent }),
        handle: (input, { state }) => state.skills.set(input.agent, undefined),
      },
      getSkills: {
        description: 'Lists the skills of the agents, and where they come from.',
        input: z.strictObject({ agent: agent.optional() }),
        async handle(input, { state }) {
          return { ok: true, agents: await state.skills.list(input.agent) }
        },
      },
      explain: {
        description: 'Explains how such a call would be classified, and by which rules.',
        input: z.strictObject({
          dialledNumber: z.string().max(64),
          callerNumber: z.string().max(64).default('').describe('empty when withheld'),
          origin: z.enum(['caller', 'callback', 'originate']).default('caller'),
          chosen: z
            .record(z.string(), z.string())
            .default({})
            .describe('what the caller has entered in flows'),
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
