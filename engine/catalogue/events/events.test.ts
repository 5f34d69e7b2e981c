import { readFile } from 'node:fs/promises'
import t from 'tap'
import { eventExamples } from './event-examples.ts'
import { assertEvent, eventSchemas, isEventType } from './events.ts'
import { documentEvents, eventsDocument } from './write-docs.ts'

t.test('every type has an example, and every example matches its schema', async (t) => {
  t.same(Object.keys(eventExamples), Object.keys(eventSchemas))
  for (const [type, data] of Object.entries(eventExamples)) {
    t.doesNotThrow(() => assertEvent({ type, data }), type)
  }
})

t.test('assertEvent names what is wrong and never shows a value', async (t) => {
  const { callId: _, ...rest } = eventExamples['call.arrived']
  const data = { ...rest, callerNumber: 4930123456, extra: '+49301' }
  t.throws(() => assertEvent({ type: 'call.arrived', data }), {
    name: 'TypeError',
    message:
      'call.arrived: callId (invalid_type), callerNumber (invalid_type), extra (unrecognized_keys)',
  })
  t.throws(() => assertEvent({ type: 'call.held', data: undefined }), {
    message: 'call.held: data (invalid_type)',
  })
  t.throws(() => assertEvent({ type: 'call.unheard', data: {} }), {
    message: 'call.unheard is not an event of the engine',
  })
  t.equal(isEventType('toString'), false)
})

t.test('each field of each event is documented', async (t) => {
  for (const [type, schema] of Object.entries(eventSchemas)) {
    t.ok(schema.description, type)
    for (const [name, field] of Object.entries(schema.shape)) {
      t.ok(field.description, `${type} ${name}`)
    }
  }
})

t.test('docs/events.md matches the schemas: run `npm run docs`', async (t) => {
  t.equal(await readFile(eventsDocument, 'utf8'), documentEvents())
})
