import type { EngineConfig } from '../config/engine-config.ts'
import { parseConfig } from '../config/parse-config.ts'
import { agentDialString } from '../sim/agent-phones.ts'
import type { Random } from '../sim/random.ts'

/** The demo's tenant, and the numbers its callers dial. */
export const tenant = 'demo'
export const numbers = ['1001', '1002', '1003'] as const

/** Three queues that share the agents: all agents take sales, some speak French, some are technicians. */
export function demoConfig(port: number, agentCount: number): EngineConfig {
  const names = Array.from({ length: agentCount }, (_, index) => `agent${index + 1}`)
  const skills = (index: number) =>
    [
      'sales: 3',
      ...(index % 2 === 0 ? ['french: 4'] : []),
      ...(index % 3 === 0 ? ['repair: 3'] : []),
    ].join(', ')
  const text = `
ops: { host: 127.0.0.1, port: 0 }
switches:
  sim: { host: 127.0.0.1, port: ${port}, password: { env: DEMO_PASSWORD } }
tenants:
  ${tenant}:
    queues:
      sales: { ringTime: 5s, wrapUp: 1s, serviceLevel: 10s }
      french: { ringTime: 5s, wrapUp: 1s, serviceLevel: 10s }
      repair: { ringTime: 5s, wrapUp: 1s, serviceLevel: 10s, priority: 5 }
    agentDefaults: { queues: [sales, french, repair], maxMisses: 0, rest: { unreachable: 5s } }
    agents:
${names.map((name, index) => `      ${name}: { dial: '${agentDialString(index + 1)}' }`).join('\n')}
    routes:
      - { number: '1001', queue: sales }
      - { number: '1002', queue: french }
      - { number: '1003', queue: repair }
    outbound: { dial: 'sofia/gateway/sim/{digits}', callerId: '1001', ringTime: 10s }
    plugins:
      skill:
        options:
          rules:
            - { when: { dialled: '1001' }, requires: { sales: 1 } }
            - when: { dialled: '1002' }
              requires: { french: 3 }
              relax: [ { after: 20s, requires: {} } ]
            - { when: { dialled: '1003' }, requires: { repair: 2 } }
            - { name: regulars, when: { caller: '749510000*' }, priority: 20 }
          agents:
${names.map((name, index) => `            ${name}: { ${skills(index)} }`).join('\n')}
      callback:
        options:
          numbers: { countryCode: '7', bare: international }
          abandonedAfter: 1s
          ringFor: 10s
          sweepEvery: 2s
          spacing: { busy: 2s, noAnswer: 5s, declined: 5s, other: 2s }
      survey:
        options:
          surveys:
            service:
              share: 50%
              intro: { prompt: survey-intro.wav, refuse: '9' }
              questions:
                - { name: score, type: csat, prompt: survey-score.wav }
                - { name: recommend, type: nps, prompt: survey-recommend.wav }
              timeout: 3s
              lowScore: { below: 2, callbackQueue: sales }
`
  const parsed = parseConfig(text, {
    path: 'demo.yaml',
    env: { DEMO_PASSWORD: 'ClueCon' },
    readFile: () => '',
  })
  if (!parsed.ok) {
    throw new TypeError(parsed.faults.map(({ message }) => message).join('; '))
  }
  return parsed.config
}

/** The keys that callers press when the survey asks them. */
export function keysFor(prompt: string, random: Random): string | undefined {
  const one = (keys: readonly string[]) => keys[Math.floor(random.next() * keys.length)]
  if (prompt.includes('survey-intro')) {
    return random.chance(0.1) ? '9' : undefined
  }
  if (prompt.includes('survey-score')) {
    return one(['5', '5', '5', '4', '4', '3', '2', '1'])
  }
  return prompt.includes('survey-recommend') ? one(['10', '9', '9', '8', '7', '5']) : undefined
}
