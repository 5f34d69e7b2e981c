import t from 'tap'
import type { SwitchyardError } from '../errors.ts'
import { plainFrame, readTrace, recordedEvents } from '../rigs/recorded.ts'
import { defaultFrameLimits, type FrameLimits, FrameReader } from './frame-reader.ts'

interface Seen {
  readonly frames: string[]
  readonly odd: string[]
  readonly broken: SwitchyardError[]
  readonly threw: unknown[]
}

function read(limits: FrameLimits = defaultFrameLimits): { reader: FrameReader; seen: Seen } {
  const seen: Seen = { frames: [], odd: [], broken: [], threw: [] }
  const reader = new FrameReader(
    {
      frame({ headers, body }) {
        seen.frames.push(`${headers.get('content-type')}|${body.toString('latin1')}`)
        if (body.equals(Buffer.from('throw'))) {
          throw new Error('listener')
        }
      },
      odd: (kind, contentType) => seen.odd.push(`${kind} ${contentType}`),
      broken: (error) => seen.broken.push(error),
      threw: (error) => seen.threw.push(error),
    },
    limits,
  )
  return { reader, seen }
}

function frame(body: string, type = 't'): string {
  return `Content-Type: ${type}\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`
}

t.test('a frame may be split anywhere, and many come in one chunk', async (t) => {
  const bytes = Buffer.from(
    `Content-Type: auth/request\n\n${frame('Привет\n\n')}\n${frame('')}Content-Type: command/reply\nReply-Text: +OK accepted\n\n${frame('x'.repeat(100))}`,
  )
  const whole = read()
  whole.reader.push(bytes)
  t.equal(whole.seen.frames.length, 5)
  t.equal(whole.seen.frames[1], `t|${Buffer.from('Привет\n\n').toString('latin1')}`)
  for (let split = 1; split < bytes.length; split++) {
    const { reader, seen } = read()
    reader.push(bytes.subarray(0, split))
    reader.push(bytes.subarray(split))
    t.strictSame(seen, whole.seen)
  }
  const { reader, seen } = read()
  for (const byte of bytes) {
    reader.push(Buffer.of(byte))
  }
  t.strictSame(seen, whole.seen)
})

t.test('a listener that throws does not stall the frames behind it', async (t) => {
  const { reader, seen } = read()
  reader.push(Buffer.from(frame('throw') + frame('next')))
  t.strictSame(seen.frames, ['t|throw', 't|next'])
  t.equal(seen.threw.length, 1)
})

t.test(
  'a body that is too large is skipped as it streams past; the frames around it survive',
  async (t) => {
    const { reader, seen } = read({ headerBytes: 1_000, bodyBytes: 10 })
    const bytes = Buffer.from(frame('one') + frame('\n\nContent-Length: 5\n\n') + frame('two'))
    for (let at = 0; at < bytes.length; at += 7) {
      reader.push(bytes.subarray(at, at + 7))
    }
    t.strictSame(seen, {
      frames: ['t|one', 't|two'],
      odd: ['bodyTooLarge t'],
      broken: [],
      threw: [],
    })
  },
)

t.test(
  'headers that are too long are skipped with their body; the frames around them survive',
  async (t) => {
    const long = 'y'.repeat(3_000)
    const heads = [
      `Content-Length: 4\nX: ${long}\n\nbody`,
      `X: ${long}\nContent-Length: 4\n\nbody`,
      `X: ${long}\n\n`,
      `${long}\nY: 1\nContent-Length: 4\nZ: ${long}\nA: ${long}\n\nbody`,
    ]
    for (const head of heads) {
      const bytes = Buffer.from(frame('one') + head + frame('two'))
      for (const size of [1, 100, 1_000, bytes.length]) {
        const { reader, seen } = read({ headerBytes: 500, bodyBytes: 10 })
        for (let at = 0; at < bytes.length; at += size) {
          reader.push(bytes.subarray(at, at + size))
        }
        t.strictSame(
          seen,
          { frames: ['t|one', 't|two'], odd: ['headerTooLarge undefined'], broken: [], threw: [] },
          `${head.slice(0, 20)} by ${size}`,
        )
      }
    }
  },
)

t.test(
  'headers that exceed the limit right at the end of a line are not taken for ended',
  async (t) => {
    const { reader, seen } = read({ headerBytes: 500, bodyBytes: 10 })
    reader.push(Buffer.from(`X: ${'y'.repeat(497)}\n`))
    reader.push(Buffer.from(`\n${frame('two')}`))
    t.strictSame(seen, {
      frames: ['t|two'],
      odd: ['headerTooLarge undefined'],
      broken: [],
      threw: [],
    })
  },
)

for (const length of ['-5', '12a', '', '1e3', '9'.repeat(30), '0x10', '+3']) {
  t.test(`a Content-Length of "${length}" breaks the connection, once`, async (t) => {
    const { reader, seen } = read()
    reader.push(Buffer.from(`${frame('one')}Content-Length: ${length}\n\n${frame('two')}`))
    reader.push(Buffer.from(frame('three')))
    t.strictSame(seen.frames, ['t|one'])
    t.strictSame(
      seen.broken.map(({ code }) => code),
      ['SY_ESL_PROTOCOL'],
    )
  })
}

t.test('a stopped reader delivers nothing more, not even from the same chunk', async (t) => {
  const frames: string[] = []
  const reader = new FrameReader({
    frame({ body }) {
      frames.push(body.toString())
      reader.stop()
    },
    odd() {},
    broken() {},
    threw() {},
  })
  reader.push(Buffer.from(frame('one') + frame('two')))
  t.strictSame(frames, ['one'])
})

t.test('sixteen mebibytes in small chunks take linear time', async (t) => {
  const cost = (bytes: number) => {
    const { reader, seen } = read()
    const chunk = Buffer.alloc(1_024, 'x')
    const start = process.cpuUsage()
    reader.push(Buffer.from(`Content-Length: ${bytes}\n\n`))
    for (let sent = 0; sent < bytes; sent += chunk.length) {
      reader.push(chunk)
    }
    const { user, system } = process.cpuUsage(start)
    t.equal(seen.frames[0]?.length, bytes + 'undefined|'.length)
    return user + system
  }
  cost(1_048_576)
  const small = Math.max(cost(2_097_152), 1_000)
  // Quadratic would be 64 times as much.
  t.ok(cost(16_777_216) < small * 40)
})

t.test('every recording is read completely, whatever the chunks', async (t) => {
  for (const name of ['plain-format', 'errors-and-odd-commands', 'filters']) {
    const sent = readTrace(name).filter(({ dir }) => dir === '<')
    const bytes = Buffer.from(sent.map(({ data }) => data).join(''))
    for (const size of [97, 4_096, 65_536]) {
      const { reader, seen } = read()
      for (let at = 0; at < bytes.length; at += size) {
        reader.push(bytes.subarray(at, at + size))
      }
      t.equal(seen.frames.length, sent.length)
      t.strictSame([seen.odd, seen.broken, seen.threw], [[], [], []])
    }
  }
})

t.test('re-encoded recordings have the size that a real switch gives', async (t) => {
  const event = recordedEvents('offer-by-bridge-agent-hangs-up-first').at(-1)
  t.ok(event !== undefined && plainFrame(event).length > 5_000)
})
