import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { systemClock } from '../clock.ts'
import { createLogger } from '../log.ts'
import { acdActions, createDialplan } from './dialplan.ts'
import { readFlags, usage } from './flags.ts'
import { createRandom } from './random.ts'
import { createSlab } from './slab.ts'
import { startSimulatedSwitch } from './tcp.ts'

const main = join(process.cwd(), 'build/engine/sim/main.js')

async function start(port = 0) {
  return startSimulatedSwitch({
    clock: systemClock,
    random: createRandom(1),
    log: createLogger('silent'),
    dialplan: createDialplan({ '1000': acdActions({ tenant: 'acme' }) }),
    port,
  })
}

t.test('a client on TCP gets all its events, then the disconnect notice', async (t) => {
  const sim = await start()
  const socket = connect(sim.port, '127.0.0.1').setEncoding('latin1')
  let incoming = ''
  socket.on('data', (text) => {
    incoming += text
    if (text.includes('enabled plain')) {
      for (let i = 0; i < 300; i++) {
        sim.placeCall({ destination: '1000', callerNumber: '1', callerName: 'Ann' })
      }
      socket.write('exit\n\n')
    }
  })
  socket.write('auth ClueCon\n\nevent plain CHANNEL_PARK\n\n')
  await once(socket, 'end')
  t.equal(incoming.match(/Event-Name: CHANNEL_PARK\n/g)?.length, 300)
  t.ok(incoming.endsWith('See you at ClueCon! http://www.cluecon.com/\n'))
  t.equal(sim.clients, 0)
  await sim.stop()
})

t.test('a port that is in use is an error', async (t) => {
  const sim = await start()
  await t.rejects(start(sim.port), { code: 'EADDRINUSE' })
  const socket = connect(sim.port, '127.0.0.1')
  await once(socket, 'data')
  await Promise.all([once(socket, 'close'), sim.stop()])
})

t.test('memory is reused only after all of it has been written', async (t) => {
  const slab = createSlab(10)
  const [one, other] = [slab.take(4), slab.take(4)]
  one.free()
  const third = slab.take(4)
  t.not(third.bytes.buffer, one.bytes.buffer)
  other.free()
  third.free()
  const fourth = slab.take(4)
  t.equal(fourth.bytes.buffer, third.bytes.buffer)
  t.equal(fourth.bytes.byteOffset, third.bytes.byteOffset)
  t.equal(slab.take(11).bytes.length, 11)
})

t.test('the command line runs callers and prints a summary of their calls', async (t) => {
  const flags = '--now --rate 0 --burst 5 --seconds 0.1 --drain 5 --patience 20 --media-step 0'
  const child = spawn(process.execPath, [main, ...flags.split(' ')])
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  const [code] = await once(child, 'close')
  t.equal(code, 0)
  const [first, summary] = lines.map((line) => JSON.parse(line))
  t.ok(first.port > 0)
  t.match(summary, {
    offered: 5,
    answered: 0,
    abandoned: 5,
    lost: 0,
    unfinished: 0,
    channelsLeft: 0,
  })
})

t.test('the command line reports what it does not understand', async (t) => {
  t.match(readFlags(['--rate', '2.5', '--answer', '7', '--queue', 'sales', '--way-out', '30']), {
    rate: 2.5,
    answerMs: [7, 7],
    queue: 'sales',
    wayOutSeconds: 30,
    waitsForClient: true,
  })
  t.throws(() => readFlags(['--nosuch']), { code: 'SY_USAGE', message: /--nosuch/ })
  t.throws(() => readFlags(['--rate', 'many']), {
    code: 'SY_USAGE',
    message: '--rate must be a number, 0 or more, not "many"',
  })
  for (const flag of Object.keys(readFlags([])).filter((name) => /^[a-z]+$/.test(name))) {
    if (flag !== 'faults') t.match(usage, `--${flag} `)
  }
})
