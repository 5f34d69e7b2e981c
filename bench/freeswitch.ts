import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EslTool } from '../engine/integration/esl-tool.ts'
import {
  findFreeSwitch,
  type RunningFreeSwitch,
  startFreeSwitch,
} from '../engine/integration/freeswitch.ts'
import { createRandom } from '../engine/sim/random.ts'
import {
  agentCount,
  callCenterModule,
  floor,
  loadCallCenter,
  overlay,
} from './freeswitch-rivals.ts'

/** What distributes the calls. */
type Distributor = 'floor' | 'engine' | 'mod_callcenter'

interface Load {
  readonly calls: number
  /** Undefined: all calls at once. */
  readonly ratePerSecond: number | undefined
  readonly talkMs: number
}

interface Outcome {
  readonly distributor: Distributor
  readonly joined: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** From the first answer to the last join, in seconds. */
  readonly lastJoined: number
  readonly switchCpu: number
  readonly engineCpu: number
}

const idleLoad: Load = { calls: 800, ratePerSecond: 40, talkMs: 3_000 }
const burstLoad: Load = { calls: 1_000, ratePerSecond: undefined, talkMs: 2_000 }
/** The media step of the switch, which is also the resolution of its times. */
const stepMs = 20

/** Compares the engine with mod_callcenter and with the switch's own floor. @returns 1 if a target was missed */
export async function run(): Promise<number> {
  const found = findFreeSwitch()
  if ('missing' in found) {
    console.error(`bench freeswitch: ${found.missing}`)
    return 1
  }
  const outcomes = { idle: [] as Outcome[], burst: [] as Outcome[] }
  for (const distributor of ['floor', 'engine', 'mod_callcenter'] as const) {
    outcomes.idle.push(await measure(found.binary, distributor, idleLoad))
    outcomes.burst.push(await measure(found.binary, distributor, burstLoad))
  }
  print('40 calls/s on 200 idle agents, talk 3 s', outcomes.idle)
  print('burst of 1000 callers on 200 agents, talk 2 s', outcomes.burst)
  return judge(outcomes.idle, outcomes.burst)
}

async function measure(binary: string, distributor: Distributor, load: Load): Promise<Outcome> {
  const files = distributor === 'mod_callcenter' ? { ...overlay, ...callCenterModule } : overlay
  const fs = await startFreeSwitch({ binary, overlay: files })
  let engine: ChildProcess | undefined
  let stopFloor: (() => void) | undefined
  try {
    if (distributor === 'engine') {
      engine = await startEngine(fs)
    } else if (distributor === 'floor') {
      stopFloor = await floor(fs, load.ratePerSecond === undefined ? agentCount : Infinity)
    } else {
      await loadCallCenter(fs)
    }
    return await callAll(fs, distributor, load, engine?.pid)
  } finally {
    stopFloor?.()
    engine?.kill('SIGTERM')
    await fs.stop()
  }
}

/** Places the calls, hangs each up after its talk time, and takes the waits from the switch's own clock. */
async function callAll(
  fs: RunningFreeSwitch,
  distributor: Distributor,
  load: Load,
  enginePid: number | undefined,
): Promise<Outcome> {
  const tool = await EslTool.open(
    fs.eslPort,
    fs.password,
    'CHANNEL_ANSWER CHANNEL_BRIDGE CHANNEL_HANGUP_COMPLETE',
  )
  const calls = new Map<string, { answeredAt?: number; joinedAt?: number }>()
  let open = load.calls
  tool.listen((event) => {
    const callId = event['Unique-ID'] ?? ''
    const call = calls.get(callId)
    const at = Number(event['Event-Date-Timestamp']) / 1000
    if (call === undefined) {
      return
    }
    if (event['Event-Name'] === 'CHANNEL_ANSWER') {
      call.answeredAt ??= at
    } else if (event['Event-Name'] === 'CHANNEL_BRIDGE' && call.joinedAt === undefined) {
      call.joinedAt = at
      setTimeout(() => void tool.command(`bgapi uuid_kill ${callId}`), load.talkMs)
    } else if (event['Event-Name'] === 'CHANNEL_HANGUP_COMPLETE') {
      open -= 1
    }
  })
  const before = { fs: cpuSeconds(fs.pid), engine: cpuSeconds(enginePid) }
  // The same arrivals in every case.
  const random = createRandom(42)
  const extension = distributor === 'mod_callcenter' ? 8000 : 1000
  for (let index = 0; index < load.calls; index++) {
    const callId = randomUUID()
    calls.set(callId, {})
    const variables = `origination_uuid=${callId},null_enable_auto_answer=true,origination_caller_id_number=7495${1_000_000 + index}`
    void tool.command(`bgapi originate {${variables}}null/caller ${extension} XML public`)
    if (load.ratePerSecond !== undefined) {
      await sleep(random.exponential(1000 / load.ratePerSecond))
    }
  }
  for (let waited = 0; open > 0 && waited < 120_000; waited += 100) {
    await sleep(100)
  }
  const cpu = { fs: cpuSeconds(fs.pid) - before.fs, engine: cpuSeconds(enginePid) - before.engine }
  tool.close()
  const joined = [...calls.values()].flatMap(({ answeredAt, joinedAt }) =>
    answeredAt === undefined || joinedAt === undefined ? [] : [{ answeredAt, joinedAt }],
  )
  const waits = joined.map((call) => call.joinedAt - call.answeredAt).sort((a, b) => a - b)
  const quantile = (q: number) =>
    waits[Math.min(waits.length - 1, Math.floor(q * waits.length))] ?? 0
  const firstAnswer = Math.min(...joined.map((call) => call.answeredAt))
  const lastJoin = Math.max(...joined.map((call) => call.joinedAt))
  return {
    distributor,
    joined: joined.length,
    p50: Math.round(quantile(0.5)),
    p99: Math.round(quantile(0.99)),
    max: Math.round(quantile(1)),
    lastJoined: (lastJoin - firstAnswer) / 1000,
    switchCpu: cpu.fs,
    engineCpu: cpu.engine,
  }
}

async function startEngine(fs: RunningFreeSwitch): Promise<ChildProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'switchyard-bench-'))
  const path = join(directory, 'switchyard.yaml')
  const agents = Array.from(
    { length: agentCount },
    (_, index) => `      a${index}: { dial: '{null_enable_auto_answer=true}null/a${index}' }`,
  )
  writeFileSync(
    path,
    `ops: { host: 127.0.0.1, port: 0 }
log: warn
switches:
  fs: { host: 127.0.0.1, port: ${fs.eslPort}, password: { env: ESL_PASSWORD } }
tenants:
  default:
    queues:
      bench: { wrapUp: 0s, music: silence }
    agentDefaults: { queues: [bench] }
    agents:
${agents.join('\n')}
    routes: [{ number: '1000', queue: bench }]
`,
  )
  const engine = spawn(process.execPath, ['build/engine/main.js', 'engine', '--config', path], {
    env: { ...process.env, ESL_PASSWORD: fs.password },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  engine.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  // The engine prints a line to standard output when it is ready.
  await new Promise<void>((resolve, reject) => {
    let output = ''
    engine.stdout?.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('ready')) {
        resolve()
      }
    })
    engine.once('exit', (code) => reject(new Error(`the engine ended with ${code}`)))
  })
  return engine
}

function print(title: string, outcomes: readonly Outcome[]): void {
  console.log(`\n${title}`)
  console.table(
    outcomes.map(({ distributor, joined, p50, p99, max, lastJoined, switchCpu, engineCpu }) => ({
      distributor,
      joined,
      'p50 ms': p50,
      'p99 ms': p99,
      'max ms': max,
      'last joined s': Number(lastJoined.toFixed(2)),
      'switch CPU s': Number(switchCpu.toFixed(2)),
      'engine CPU s': Number(engineCpu.toFixed(2)),
    })),
  )
}

function judge(idle: readonly Outcome[], burst: readonly Outcome[]): number {
  const of = (outcomes: readonly Outcome[], distributor: Distributor): Outcome => {
    const outcome = outcomes.find((candidate) => candidate.distributor === distributor)
    if (outcome === undefined) {
      throw new Error(`${distributor} was not measured`)
    }
    return outcome
  }
  const [idleFloor, ours, theirs] = [
    of(idle, 'floor'),
    of(idle, 'engine'),
    of(idle, 'mod_callcenter'),
  ]
  const [burstFloor, oursInBurst] = [of(burst, 'floor'), of(burst, 'engine')]
  const theirsInBurst = of(burst, 'mod_callcenter')
  const cpu = ({ switchCpu, engineCpu }: Outcome) => switchCpu + engineCpu
  const targets: readonly [string, boolean][] = [
    [
      'the engine: every caller was joined',
      ours.joined === idleLoad.calls && oursInBurst.joined === burstLoad.calls,
    ],
    ['idle: median at most half of mod_callcenter', ours.p50 <= theirs.p50 / 2],
    ['idle: median at most one step above the floor', ours.p50 <= idleFloor.p50 + stepMs + 1],
    ['idle: p99 at most 60 % of mod_callcenter', ours.p99 <= theirs.p99 * 0.6],
    [
      'burst: last joined within 1.2 times the floor',
      oursInBurst.lastJoined <= burstFloor.lastJoined * 1.2,
    ],
    ['idle: CPU below mod_callcenter', cpu(ours) < cpu(theirs)],
    ['burst: CPU below mod_callcenter', cpu(oursInBurst) < cpu(theirsInBurst)],
  ]
  console.log(
    `\nmod_callcenter compared with the engine: median wait ${(theirs.p50 / ours.p50).toFixed(1)} times, burst ${(theirsInBurst.lastJoined / oursInBurst.lastJoined).toFixed(1)} times, CPU in the burst ${(cpu(theirsInBurst) / cpu(oursInBurst)).toFixed(1)} times`,
  )
  for (const [target, isMet] of targets) {
    console.log(`${isMet ? 'met   ' : 'MISSED'} ${target}`)
  }
  return targets.every(([, isMet]) => isMet) ? 0 : 1
}

/** User and system time of a process in seconds, or 0 without a process. Linux only. */
function cpuSeconds(pid: number | undefined): number {
  if (pid === undefined) {
    return 0
  }
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
