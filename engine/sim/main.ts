import { parseArgs } from 'node:util'
import { systemClock } from '../clock.ts'
import { SwitchyardError } from '../errors.ts'
import { createLogger } from '../log.ts'
import { agentDialString, createAgentPhones } from './agent-phones.ts'
import { acdActions, action, createDialplan } from './dialplan.ts'
import { createPopulation } from './population.ts'
import { createRandom } from './random.ts'
import { startSimulatedSwitch } from './tcp.ts'

const usage = `A simulated FreeSWITCH with callers and agents, for demos and load tests.

  npm run sim -- [options]

It listens for ESL clients, prints {"port":N}, and once a client has connected
lets callers dial. When all are served or have left, it prints one line of JSON.

  --host 127.0.0.1     address to listen on
  --port 0             port; 0 takes a free one
  --password ClueCon   password of the event socket
  --number 1000        number the callers dial
  --tenant default     acd_tenant of their channels
  --queue NAME         acd_queue of their channels; without it the tenant's routes decide
  --way-out SECONDS    the dialplan sends a caller to "overflow" when no engine comes in time
  --rate 10            callers a second
  --burst 0            callers who dial at once when it begins
  --seconds 10         how long callers come
  --drain 60           how long those who are there may stay after that
  --agents 10          phones ${agentDialString(1)} to agentN
  --answer 500,1500    shortest and longest time to pick up, ms
  --talk 3000          mean conversation, ms
  --patience 60000     mean patience of a caller, ms
  --no-answer 0  --busy 0  --reject 0  --unreachable 0   probability for each call to an agent
  --media-step 20      pace of media, ms; 0 spares time under load
  --seed 1             the same seed gives the same callers
  --now                do not wait for a client
`

const text = (fallback: string) => ({ type: 'string', default: fallback }) as const

function readFlags() {
  try {
    return parseArgs({
      options: {
        host: text('127.0.0.1'),
        port: text('0'),
        password: text('ClueCon'),
        number: text('1000'),
        tenant: text('default'),
        queue: { type: 'string' },
        'way-out': { type: 'string' },
        rate: text('10'),
        burst: text('0'),
        seconds: text('10'),
        drain: text('60'),
        agents: text('10'),
        answer: text('500,1500'),
        talk: text('3000'),
        patience: text('60000'),
        'no-answer': text('0'),
        busy: text('0'),
        reject: text('0'),
        unreachable: text('0'),
        'media-step': text('20'),
        seed: text('1'),
        now: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new SwitchyardError('SY_USAGE', (error as Error).message, { cause: error })
  }
}

function number(name: string, value: string): number {
  const parsed = Number(value)
  if (value.trim() !== '' && parsed >= 0) return parsed
  throw new SwitchyardError('SY_USAGE', `--${name} must be a number, 0 or more; it is "${value}"`)
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    systemClock.setTimer(ms, resolve)
  })

async function run(): Promise<void> {
  const flags = readFlags()
  if (flags.help) {
    process.stdout.write(usage)
    return
  }
  const [low = 0, high = low] = flags.answer.split(',').map((part) => number('answer', part))
  const random = createRandom(number('seed', flags.seed))
  const agents = number('agents', flags.agents)
  const extension = {
    tenant: flags.tenant,
    ...(flags.queue === undefined ? {} : { queue: flags.queue }),
    ...(flags['way-out'] === undefined
      ? {}
      : { wayOut: { afterSeconds: number('way-out', flags['way-out']), extension: 'overflow' } }),
  }
  const known = new Set(Array.from({ length: agents }, (_, index) => agentDialString(index + 1)))
  const sim = await startSimulatedSwitch({
    clock: systemClock,
    random: random.fork(),
    log: createLogger('warn'),
    host: flags.host,
    port: number('port', flags.port),
    password: flags.password,
    mediaStepMs: number('media-step', flags['media-step']),
    dialplan: createDialplan({
      [flags.number]: acdActions(extension),
      overflow: [action('answer'), action('playback overflow.wav'), action('hangup')],
    }),
    phones: createAgentPhones({
      clock: systemClock,
      random: random.fork(),
      isPhone: (dialString) => known.has(dialString),
      answerMs: [low, high],
      faults: {
        noAnswer: number('no-answer', flags['no-answer']),
        busy: number('busy', flags.busy),
        reject: number('reject', flags.reject),
        unreachable: number('unreachable', flags.unreachable),
      },
    }),
  })
  process.stdout.write(`${JSON.stringify({ port: sim.port })}\n`)
  while (!flags.now && sim.clients === 0) await pause(20)

  const population = createPopulation(sim, {
    clock: systemClock,
    random: random.fork(),
    numbers: [flags.number],
    rate: number('rate', flags.rate),
    burst: number('burst', flags.burst),
    talkMs: number('talk', flags.talk),
    patienceMs: number('patience', flags.patience),
  })
  const cpuBefore = process.cpuUsage()
  population.start()
  await pause(number('seconds', flags.seconds) * 1000)
  population.stop()
  await Promise.race([population.settled(), pause(number('drain', flags.drain) * 1000)])
  // The last channels end a media step after their callers.
  await pause(100)
  const { user, system } = process.cpuUsage(cpuBefore)
  const summary = {
    ...population.ledger.summary(),
    channelsLeft: sim.channels().length,
    cpuSeconds: (user + system) / 1e6,
  }
  process.stdout.write(`${JSON.stringify(summary)}\n`)
  await sim.stop()
  process.exitCode = summary.lost > 0 ? 1 : 0
}

run()
  .catch((error: Error) => {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  })
  // A timer of a caller who stayed would keep the process alive.
  .finally(() => process.exit())
