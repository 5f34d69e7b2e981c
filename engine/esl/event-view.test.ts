import t from 'tap'
import { plainFrame, readTrace, recordedEvents } from '../rigs/recorded.ts'
import { EventView } from './event-view.ts'

function view(text: string | Buffer): EventView {
  return new EventView(Buffer.from(text))
}

t.test('values are decoded from their URL-encoding, byte by byte', async (t) => {
  const event = view('Event-Name: X\na: Caller%201\nb: %D0%9F%D1%80%D0%B8\nc: caf%C3%A9\n\n')
  t.strictSame(
    ['Event-Name', 'a', 'b', 'c'].map((name) => event.get(name)),
    ['X', 'Caller 1', 'При', 'café'],
  )
})

t.test('a percent sign that encodes nothing stands for itself', async (t) => {
  const event = view('a: 100%\nb: %zz%4\nc: %\nd: %e\n\n')
  t.strictSame(
    ['a', 'b', 'c', 'd'].map((name) => event.get(name)),
    ['100%', '%zz%4', '%', '%e'],
  )
})

t.test('bytes that are not UTF-8 do no harm, encoded or raw', async (t) => {
  t.equal(view('name: M%FCller\n\n').get('name'), 'M\ufffdller')
  t.equal(view(Buffer.from('name: M\xfcller\nnext: 1\n\n', 'latin1')).get('next'), '1')
  t.equal(view(Buffer.from('name: M\xfcller\n\n', 'latin1')).get('name'), 'M\ufffdller')
})

t.test('a missing header is undefined, an empty one is empty', async (t) => {
  const event = view('a: _undef_\nb: 1\n\n')
  t.equal(event.get('a'), '')
  t.equal(event.get('c'), undefined)
})

t.test('the first of equal headers counts, and only whole names match', async (t) => {
  const event = view('xa: 0\na: 1\na: 2\nab: 3\n\n')
  t.equal(event.get('a'), '1')
  t.equal(event.get('b'), undefined)
})

t.test('a body that looks like headers is not read as headers', async (t) => {
  const event = view('Job-UUID: 1\nContent-Length: 12\n\nSecret: 1\n\nx')
  t.equal(event.get('Secret'), undefined)
  t.equal(event.body(), 'Secret: 1\n\nx')
  t.equal(view('a: 1').body(), '')
  t.equal(view('a: 1').get('a'), '1')
})

t.test('reading by index and reading by search agree on every recorded header', async (t) => {
  for (const event of recordedEvents('missing-file-and-unicode')) {
    const frame = plainFrame(event)
    const body = frame.subarray(frame.indexOf('\n\n') + 2)
    const indexed = new EventView(body)
    for (let i = 0; i < 30; i++) {
      indexed.get('Event-Name')
    }
    const names = Object.keys(event).filter((name) => name !== '_body')
    t.strictSame(
      names.map((name) => indexed.get(name)),
      names.map((name) => new EventView(body).get(name)),
    )
    t.equal(indexed.get('no-such'), undefined)
    t.equal(indexed.get('variable_acd_text'), event['variable_acd_text'])
  }
})

t.test('a recorded plain event is read as recorded', async (t) => {
  const frame = readTrace('plain-format').find(({ data }) => data.includes('Name: CHANNEL_PARK'))
  const data = frame?.data ?? ''
  const event = view(data.slice(data.indexOf('\n\n') + 2))
  t.equal(event.get('Caller-Caller-ID-Name'), 'Caller 1')
  t.equal(event.get('variable_DP_MATCH'), 'ARRAY::1000|:1000')
  t.match(event.get('variable_switch_r_sdp'), /^v=0\r\no=user1/)
})
