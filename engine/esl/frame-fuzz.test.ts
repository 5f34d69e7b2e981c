import t from 'tap'
import { createRandom } from '../sim/random.ts'
import { EventView } from './event-view.ts'
import { FrameReader } from './frame-reader.ts'

const cases = Number(process.env['FUZZ_CASES'] ?? 3_000)
const firstSeed = Number(process.env['FUZZ_SEED'] ?? 1)
const limits = { headerBytes: 300, bodyBytes: 400 }

/** A frame as sent, and the result that the reader must report. */
interface Sent {
  readonly bytes: Buffer
  readonly expect: 'delivered' | 'bodyTooLarge' | 'headerTooLarge' | 'broken'
  /** Number and body. */
  readonly content: string
}

/** A seed gives the same case on every machine. */
function randomFrom(seed: number): (below: number) => number {
  const random = createRandom(seed)
  return (below) => Math.floor(random.next() * below)
}

type Random = (below: number) => number

const wicked = [
  '\n\n',
  'Content-Length: 9\n',
  '%',
  '%zz',
  '\xfc',
  '\xff\xfe',
  '\0',
  '\r\n',
  ': ',
  '\n',
]
const badLengths = ['-1', '-0', 'NaN', '1e9', '0x4', '', '4 4', '99999999999999999999', '٣']

function randomBytes(random: Random, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) {
    if (random(8) === 0) {
      at += bytes.write(wicked[random(wicked.length)] as string, at, 'latin1')
    } else if (at < length) {
      bytes[at] = random(256)
    }
  }
  return bytes
}

function headerNoise(random: Random, length: number): string {
  let noise = ''
  while (noise.length < length) {
    noise += `X${random(99)}: ${'%y: \xe4'.repeat(1 + random(9))}\n`
  }
  return noise
}

function randomFrame(random: Random, number: number): Sent {
  const kind = random(40)
  if (kind === 0) {
    const length = badLengths[random(badLengths.length)] as string
    return {
      bytes: Buffer.from(`${headerNoise(random, 9)}Content-Length: ${length}\n\n`, 'latin1'),
      expect: 'broken',
      content: '',
    }
  }
  const isBodyTooLarge = kind === 1
  const isHeadTooLarge = kind === 2
  const body = randomBytes(random, isBodyTooLarge ? 401 + random(900) : random(4) * random(100))
  const before = headerNoise(
    random,
    isHeadTooLarge && random(2) === 0 ? 301 + random(700) : 1 + random(40),
  )
  const after = headerNoise(random, isHeadTooLarge ? 301 + random(700) : random(40))
  const length = body.length === 0 && random(2) === 0 ? '' : `Content-Length: ${body.length}\n`
  const head = Buffer.from(`N: ${number}\n${before}${length}${after}\n`, 'latin1')
  return {
    bytes: Buffer.concat([Buffer.from('\n'.repeat(random(2))), head, body]),
    expect: isHeadTooLarge ? 'headerTooLarge' : isBodyTooLarge ? 'bodyTooLarge' : 'delivered',
    content: `${number} ${body.toString('latin1')}`,
  }
}

/** Runs one case; returns what went wrong, or ''. */
function runCase(seed: number): string {
  const random = randomFrom(seed)
  const sent = Array.from({ length: 1 + random(6) }, (_, number) => randomFrame(random, number))
  const firstBroken = sent.findIndex(({ expect }) => expect === 'broken')
  const sound = firstBroken < 0 ? sent : sent.slice(0, firstBroken)
  const seen: string[] = []
  const reader = new FrameReader(
    {
      frame({ headers, body }) {
        seen.push(`${headers.get('n')} ${body.toString('latin1')}`)
        const view = new EventView(body)
        for (let i = 0; i < 30; i += 1 + random(20)) {
          view.get(`X${random(99)}`)
        }
        view.body()
        if (random(5) === 0) {
          throw new Error('listener')
        }
      },
      odd: (kind) => seen.push(kind),
      broken: () => seen.push('broken'),
      threw() {},
    },
    limits,
  )
  let bytes = Buffer.concat(sent.map((frame) => frame.bytes))
  const isTruncated = random(4) === 0
  if (isTruncated) {
    bytes = bytes.subarray(0, random(bytes.length + 1))
  }
  const isFine = random(3) === 0
  for (let at = 0; at < bytes.length; ) {
    const size = isFine ? 1 + random(5) : 1 + random(bytes.length)
    // A copy that is overwritten afterwards: the reader must not keep a reference to it.
    const chunk = Buffer.from(bytes.subarray(at, at + size))
    reader.push(chunk)
    chunk.fill('!')
    at += size
  }
  const expected = sound.map(({ expect, content }) => (expect === 'delivered' ? content : expect))
  if (firstBroken >= 0) {
    expected.push('broken')
  }
  let end = 0
  const whole = sound.filter((frame) => {
    end += frame.bytes.length
    return end <= bytes.length
  }).length
  const isSound = isTruncated
    ? seen.length >= whole && seen.every((one, i) => one === expected[i])
    : JSON.stringify(seen) === JSON.stringify(expected)
  return isSound ? '' : `seed ${seed}: ${JSON.stringify({ seen, expected, whole })}`
}

/** Sends meaningless bytes: the reader must survive them. */
function runNoise(seed: number): void {
  const random = randomFrom(seed)
  const reader = new FrameReader({ frame() {}, odd() {}, broken() {}, threw() {} }, limits)
  for (let i = random(4); i >= 0; i--) {
    reader.push(randomBytes(random, random(600)))
  }
}

t.test(
  `no frame is lost, invented or changed in ${cases} random streams`,
  { timeout: 0 },
  async (t) => {
    const faults: string[] = []
    for (let seed = firstSeed; seed < firstSeed + cases && faults.length < 5; seed++) {
      const fault = runCase(seed)
      if (fault !== '') {
        faults.push(fault)
      }
      if (seed % 4 === 0) {
        runNoise(seed)
      }
    }
    t.strictSame(faults, [])
  },
)
