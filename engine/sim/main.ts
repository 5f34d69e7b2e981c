import { systemClock } from '../clock.ts'
import { createLogger } from '../log.ts'
import { agentDialString, createAgentPhones } from './agent-phones.ts'
import { acdActions, action, createDialplan } from './dialplan.ts'
import { type Flags, readFlags, usage } from './flags.ts'
import { createPopulation } from './population.ts'
import { createRandom } from './random.ts'
import { startSimulatedSwitch } from './tcp.ts'

async function run(flags: Flags): Promise<void> {
  const clock = systemClock
  const random = createRandom(flags.seed)
  const { queue, wayOutSeconds } = flags
  const extension = {
    tenant: flags.tenant,
    ...(queue === undefined ? {} : { queue }),
    ...(wayOutSeconds === undefined
      ? {}
      : { wayOut: { afterSeconds: wayOutSeconds, extension: 'overflow' } }),
  }
  const phones = Array.from({ length: flags.agents }, (_, index) => agentDialString(index + 1))
  const known = new Set(phones)
  const phoneBook = createAgentPhones({
    clock,
    random: random.fork(),
    isPhone: (dialString) => known.has(dialString),
    answerMs: flags.answerMs,
    faults: flags.faults,
  })
  const sim = await startSimulatedSwitch({
    clock,
    random: random.fork(),
    log: createLogger('warn'),
    host: flags.host,
    port: flags.port,
    password: flags.password,
    mediaStepMs: flags.mediaStepMs,
    dialplan: createDialplan({
      [flags.number]: acdActions(extension),
      overflow: [action('answer'), action('playback overflow.wav'), action('hangup')],
    }),
    phones: (dialString) => {
      const phone = phoneBook(dialString)
      return (
        phone &&
        ((call) => {
          population.rung(call.variables.get('acd_call') ?? '')
          return phone(call)
        })
      )
    },
  })
  process.stdout.write(`${JSON.stringify({ port: sim.port })}\n`)
  while (flags.waitsForClient && sim.clients === 0) await pause(20)

  const population = createPopulation(sim, {
    clock,
    random: random.fork(),
    numbers: [flags.number],
    rate: flags.rate,
    burst: flags.burst,
    talkMs: flags.talkMs,
    patienceMs: flags.patienceMs,
  })
  const warmAt = clock.now() + flags.warmUp * 1000
  const before = process.cpuUsage()
  population.start()
  await pause(flags.seconds * 1000)
  population.stop()
  await Promise.race([population.settled(), pause(flags.drain * 1000)])
  // The last channels end one media step after their callers.
  await pause(100)
  const { user, system } = process.cpuUsage(before)
  const summary = {
    ...population.ledger.summary(warmAt),
    channelsLeft: sim.channels().length,
    cpuSeconds: (user + system) / 1e6,
  }
  process.stdout.write(`${JSON.stringify(summary)}\n`)
  await sim.stop()
  process.exitCode = summary.lost > 0 ? 1 : 0
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimer(ms, resolve)
  })
}

try {
  const flags = readFlags(process.argv.slice(2))
  if (flags.wantsHelp) process.stdout.write(usage)
  else await run(flags)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 2
}
// The timers of callers who are still there would keep the process alive.
process.exit()
