import fc from 'fast-check'
import t from 'tap'
import { checkSubject, matchesSubject, patternsOverlap } from '../bus/names.ts'
import { codeOf } from '../rigs/bus-world.ts'
import { decodeEnvelope, encodeEvent, encodePluginEvent } from './envelope.ts'
import { eventExamples } from './events/event-examples.ts'
import type { EngineEvent } from './events/events.ts'
import { commandSubject, eventSubject } from './subjects.ts'

const origin = { source: '/switchyard/e1', tenant: 'acme', key: 'c1', sequence: 12 }
const held: EngineEvent = { type: 'call.held', data: eventExamples['call.held'] }

t.test('an event becomes a CloudEvent whose id is also the message id', async (t) => {
  const { subject, id, data } = encodeEvent(origin, held)
  t.equal(subject, 'switchyard.acme.event.call.held')
  t.equal(id, 'acme.c1.12')
  t.same(JSON.parse(new TextDecoder().decode(data)), {
    specversion: '1.0',
    id: 'acme.c1.12',
    source: '/switchyard/e1',
    type: 'call.held',
    subject: held.data.callId,
    time: '2026-11-02T09:16:00.000Z',
    datacontenttype: 'application/json',
    tenant: 'acme',
    sequence: '0000000012',
    data: held.data,
  })
})

t.test('every type is unwrapped as it was wrapped', async (t) => {
  for (const [type, data] of Object.entries(eventExamples)) {
    const event = { type, data } as EngineEvent
    const encoded = encodeEvent(origin, event)
    t.same(decodeEnvelope(encoded.data), {
      id: 'acme.c1.12',
      source: '/switchyard/e1',
      type,
      tenant: 'acme',
      subject: type.startsWith('agent.') ? 'ann' : event.data.callId,
      sequence: 12,
      at: data.at,
      data,
    })
  }
})

t.test('an event of a plugin is read like one of the engine', async (t) => {
  const from = { tenant: 'acme', plugin: 'callback', id: 'cb7.connected', subject: 'cb7', at: 5 }
  const { subject, id, data } = encodePluginEvent(from, 'callback.connected', { agent: 'ann' })
  t.same([subject, id], ['switchyard.acme.event.callback.connected', 'acme.callback.cb7.connected'])
  t.same(decodeEnvelope(data), {
    id,
    source: '/switchyard/plugin/callback',
    type: 'callback.connected',
    tenant: 'acme',
    subject: 'cb7',
    sequence: 1,
    at: 5,
    data: { tenant: 'acme', agent: 'ann', at: 5 },
  })
  for (const type of ['callback', 'callback.>', 'callback.was.connected', '.x', 'a b.c']) {
    t.throws(() => encodePluginEvent(from, type, {}), { code: 'SY_BUS_INVALID' }, type)
  }
  t.throws(() => encodePluginEvent({ ...from, tenant: '*' }, 'callback.connected', {}), {
    code: 'SY_BUS_INVALID',
  })
})

t.test("a caller's name with any characters survives the envelope", async (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (callerName) => {
      const data = { ...eventExamples['call.arrived'], callerName }
      const decoded = decodeEnvelope(encodeEvent(origin, { type: 'call.arrived', data }).data)
      return (decoded.data as typeof data).callerName === callerName
    }),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('a message that is not an event is refused with the name of its fault', async (t) => {
  const good = JSON.parse(new TextDecoder().decode(encodeEvent(origin, held).data)) as object
  const faults: [unknown, string][] = [
    ['[]', 'it is not a JSON object'],
    ['{"callerNumber": +4930', 'it is not JSON in UTF-8'],
    [Buffer.from([0x7b, 0xff, 0x7d]), 'it is not JSON in UTF-8'],
    [{ ...good, specversion: '0.3' }, 'specversion is not "1.0"'],
    [{ ...good, datacontenttype: 'text/plain' }, 'datacontenttype is not application/json'],
    [{ ...good, data: undefined }, 'data is not an object'],
    [{ ...good, data: ['+4930'] }, 'data is not an object'],
    [{ ...good, time: 'yesterday' }, 'time is not a timestamp (RFC 3339)'],
    [{ ...good, sequence: '1e3' }, 'sequence is not a number'],
    [{ ...good, id: '' }, 'id is missing'],
    [{ ...good, source: 7 }, 'source is missing'],
    [{ ...good, type: undefined }, 'type is missing'],
    [{ ...good, tenant: null }, 'tenant is missing'],
    [{ ...good, subject: undefined }, 'subject is missing'],
  ]
  for (const [raw, reason] of faults) {
    const bytes =
      raw instanceof Uint8Array
        ? raw
        : Buffer.from(typeof raw === 'string' ? raw : JSON.stringify(raw))
    t.throws(() => decodeEnvelope(bytes), {
      code: 'SY_BUS_INVALID',
      message: `not a CloudEvent of the engine: ${reason}`,
    })
  }
  const { data: _, ...bare } = { ...good, data: 1, datacontenttype: undefined }
  t.throws(() => decodeEnvelope(Buffer.from(JSON.stringify(bare))), /data is not an object/)
})

t.test('a tenant that could reach into another is refused', async (t) => {
  t.equal(eventSubject('a-B_9', 'call.queued'), 'switchyard.a-B_9.event.call.queued')
  t.equal(commandSubject('acme', 'agent', 'setStatus'), 'switchyard.acme.command.agent.setStatus')
  for (const tenant of ['', '*', '>', 'a.b', 'a b', 'a\n', 'ä', 'x'.repeat(65)]) {
    t.equal(await codeOf(() => eventSubject(tenant, 'call.queued')), 'SY_BUS_INVALID', tenant)
    t.equal(await codeOf(() => commandSubject(tenant, 'a', 'b')), 'SY_BUS_INVALID', tenant)
  }
  t.equal(await codeOf(() => commandSubject('acme', 'agent.*', 'x')), 'SY_BUS_INVALID')
  t.equal(await codeOf(() => commandSubject('acme', 'agent', '>')), 'SY_BUS_INVALID')
  t.equal(await codeOf(() => checkSubject('a.\u007f')), 'SY_BUS_INVALID')
  t.equal(await codeOf(() => checkSubject('a.b')), undefined)
})

t.test('patterns overlap exactly when some subject matches both', async (t) => {
  const token = fc.constantFrom('a', 'b')
  const subject = fc.array(token, { minLength: 1, maxLength: 4 })
  const pattern = fc
    .tuple(
      fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 3 }),
      fc.constantFrom('a', '*', '>'),
    )
    .map(([start, end]) => [...start, end].join('.'))
  fc.assert(
    fc.property(pattern, pattern, subject, (one, other, tokens) => {
      const name = tokens.join('.')
      const isBoth = matchesSubject(one, name) && matchesSubject(other, name)
      return !isBoth || patternsOverlap(one, other)
    }),
    { numRuns: 1_000 },
  )
  t.equal(patternsOverlap('a.*', 'b.>'), false)
  t.equal(patternsOverlap('a', 'a.*'), false)
  t.equal(patternsOverlap('a.*.c', '*.b.*'), true)
  t.equal(patternsOverlap('a', 'a.>'), false)
  t.equal(matchesSubject('a.>', 'a'), false)
  t.equal(matchesSubject('a.*', 'a.b.c'), false)
})
