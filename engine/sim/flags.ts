import { parseArgs } from 'node:util'
import { SwitchyardError } from '../errors.ts'
import { agentDialString } from './agent-phones.ts'

/** What `npm run sim -- --help` prints. */
export const usage = `A simulated FreeSWITCH with callers and agents, for demos and load tests.

  npm run sim -- [options]

It listens for ESL clients and prints {"port":N}. Callers dial once a client has
connected. When all have been served or have left, it prints one line of JSON.

  --host 127.0.0.1     address to listen on
  --port 0             port; 0 takes a free one
  --password ClueCon   password of the event socket
  --number 1000        number the callers dial
  --tenant default     acd_tenant of their channels
  --queue NAME         acd_queue of their channels; without it the tenant's routes decide
  --way-out SECONDS    send a caller to "overflow" when no engine takes the call in time
  --rate 10            callers per second
  --burst 0            callers who all dial at the start
  --seconds 10         how long new callers dial in, seconds
  --warm-up 0          leave out the waits of callers in the first seconds
  --drain 60           how long the remaining callers may stay afterwards, seconds
  --agents 10          phones ${agentDialString(1)} to agentN
  --answer 500,1500    shortest and longest time to pick up, ms
  --talk 3000          mean length of a conversation, ms
  --patience 60000     mean patience of a caller, ms
  --no-answer 0  --busy 0  --reject 0  --unreachable 0   probability for each call to an agent
  --media-step 20      interval of media steps, ms; 0 saves CPU under load
  --seed 1             the same seed gives the same callers
  --now                start the callers without waiting for a client
`

const options = {
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '0' },
  password: { type: 'string', default: 'ClueCon' },
  number: { type: 'string', default: '1000' },
  tenant: { type: 'string', default: 'default' },
  queue: { type: 'string' },
  'way-out': { type: 'string' },
  rate: { type: 'string', default: '10' },
  burst: { type: 'string', default: '0' },
  seconds: { type: 'string', default: '10' },
  'warm-up': { type: 'string', default: '0' },
  drain: { type: 'string', default: '60' },
  agents: { type: 'string', default: '10' },
  answer: { type: 'string', default: '500,1500' },
  talk: { type: 'string', default: '3000' },
  patience: { type: 'string', default: '60000' },
  'no-answer': { type: 'string', default: '0' },
  busy: { type: 'string', default: '0' },
  reject: { type: 'string', default: '0' },
  unreachable: { type: 'string', default: '0' },
  'media-step': { type: 'string', default: '20' },
  seed: { type: 'string', default: '1' },
  now: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** The parsed command line. */
export type Flags = ReturnType<typeof readFlags>

/**
 * Parses the command line.
 *
 * @throws SwitchyardError SY_USAGE for an unknown flag, or a value that must be a number and is not
 */
export function readFlags(args: readonly string[]) {
  const given = parse(args)
  const [low = 0, high = low] = given.answer.split(',').map((part) => number('answer', part))
  return {
    host: given.host,
    port: number('port', given.port),
    password: given.password,
    number: given.number,
    tenant: given.tenant,
    queue: given.queue,
    wayOutSeconds: given['way-out'] === undefined ? undefined : number('way-out', given['way-out']),
    rate: number('rate', given.rate),
    burst: number('burst', given.burst),
    seconds: number('seconds', given.seconds),
    warmUp: number('warm-up', given['warm-up']),
    drain: number('drain', given.drain),
    agents: number('agents', given.agents),
    answerMs: [low, high] as const,
    talkMs: number('talk', given.talk),
    patienceMs: number('patience', given.patience),
    faults: {
      noAnswer: number('no-answer', given['no-answer']),
      busy: number('busy', given.busy),
      reject: number('reject', given.reject),
      unreachable: number('unreachable', given.unreachable),
    },
    mediaStepMs: number('media-step', given['media-step']),
    seed: number('seed', given.seed),
    waitsForClient: !given.now,
    wantsHelp: given.help,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new SwitchyardError('SY_USAGE', (error as Error).message, { cause: error })
  }
}

function number(name: string, value: string): number {
  const parsed = Number(value)
  if (value.trim() !== '' && parsed >= 0) return parsed
  throw new SwitchyardError('SY_USAGE', `--${name} must be a number, 0 or more, not "${value}"`)
}
