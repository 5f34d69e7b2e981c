import { bytes, codeOf, createMailbox, type Rule, text } from './bus-world.ts'

/** The rules of plain messages, requests and the bus as a whole. */
export function busMessageContract(rule: Rule): void {
  rule(
    'a subscription receives its subjects and no others, until it is stopped',
    async (t, world) => {
      const { bus } = world
      const received = createMailbox<string>()
      const note = (as: string) => (m: { subject: string; data: Uint8Array }) =>
        received.put(`${as} ${m.subject} ${text(m.data)}`)
      const one = await bus.subscribe('call.*.queued', note('star'))
      await bus.subscribe('call.>', note('rest'))
      await bus.subscribe('end', note('end'))

      bus.send('call.a.queued', bytes('1'))
      bus.send('call.a.b.queued', bytes('2'))
      bus.send('call', bytes('3'))
      bus.send('end', bytes('4'))
      t.same(
        new Set(await received.take(4)),
        new Set([
          'star call.a.queued 1',
          'rest call.a.queued 1',
          'rest call.a.b.queued 2',
          'end end 4',
        ]),
      )

      await one.stop()
      bus.send('call.a.queued', bytes('5'))
      bus.send('end', bytes('6'))
      const later = await received.take(6)
      t.same(new Set(later.slice(4)), new Set(['rest call.a.queued 5', 'end end 6']))
    },
  )

  rule('a request is answered once, and responders share the requests', async (t, { bus }) => {
    const served = { a: 0, b: 0 }
    await bus.respond('echo.*', (data, subject) => {
      served.a += 1
      return bytes(`${subject} ${text(data)}`)
    })
    await bus.respond('echo.*', async (data, subject) => {
      served.b += 1
      return bytes(`${subject} ${text(data)}`)
    })
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => bus.request('echo.me', bytes(`${i}`), 5_000)),
    )
    t.same(
      answers.map(text),
      Array.from({ length: 40 }, (_, i) => `echo.me ${i}`),
    )
    t.equal(served.a + served.b, 40)
    t.ok(served.a > 0 && served.b > 0)
  })

  rule('a request that cannot be answered fails with its own code', async (t, world) => {
    const { bus, passTime } = world
    t.equal(await codeOf(() => bus.request('nobody', bytes(''), 5_000)), 'SY_BUS_NO_RESPONDER')

    const mute = await bus.respond('mute', () => new Promise<Uint8Array>(() => {}))
    const late = codeOf(() => bus.request('mute', bytes(''), 200))
    await passTime(200)
    t.equal(await late, 'SY_BUS_TIMEOUT')

    await bus.respond('faulty', () => {
      throw new Error('+4930123456 is not a number')
    })
    t.equal(await codeOf(() => bus.request('faulty', bytes(''), 5_000)), 'SY_BUS_RESPONDER_FAILED')

    await bus.respond('wordy', () => new Uint8Array(2 ** 20 + 1))
    t.equal(await codeOf(() => bus.request('wordy', bytes(''), 5_000)), 'SY_BUS_RESPONDER_FAILED')

    await mute.stop()
    t.equal(await codeOf(() => bus.request('mute', bytes(''), 5_000)), 'SY_BUS_NO_RESPONDER')
  })

  rule('a handler that throws stops neither its subscription nor the bus', async (t, { bus }) => {
    const received = createMailbox<string>()
    await bus.subscribe('news', ({ data }) => {
      received.put(text(data))
      throw new Error('a fault of the handler')
    })
    bus.send('news', bytes('1'))
    bus.send('news', bytes('2'))
    t.same(await received.take(2), ['1', '2'])
  })

  rule('subjects and payloads that no broker accepts are refused', async (t, { bus }) => {
    const nothing = () => {}
    await bus.ensureStream({ name: 'S', subjects: ['s.>'] })
    const tooLarge = new Uint8Array(2 ** 20 + 1)
    const refused = [
      () => bus.send('a b', bytes('')),
      () => bus.send('a.*', bytes('')),
      () => bus.send('big', tooLarge),
      () => bus.subscribe('a..b', nothing),
      () => bus.subscribe('a.>.b', nothing),
      () => bus.respond('', () => bytes('')),
      () => bus.request('a.>', bytes(''), 100),
      () => bus.request('big', tooLarge, 100),
      () => bus.publish([{ subject: 's.*', id: '1', data: bytes('') }]),
      () => bus.publish([{ subject: 's.a', id: '1\r\n', data: bytes('') }]),
      () => bus.publish([{ subject: 's.a', id: '', data: bytes('') }]),
      () =>
        bus.publish([
          { subject: 's.ok', id: '1', data: bytes('') },
          { subject: 's.big', id: '2', data: tooLarge },
        ]),
      () => bus.ensureStream({ name: 'a.b', subjects: ['x'] }),
      () => bus.ensureStream({ name: 'OTHER', subjects: ['s.*'] }),
      () => bus.consume({ stream: 'S', durable: 'a b' }, nothing),
      () => bus.kv('a.b'),
    ]
    for (const run of refused) {
      t.equal(await codeOf(run), 'SY_BUS_INVALID', run.toString())
    }
    t.same(await bus.publish([{ subject: 's.ok', id: '1', data: bytes('') }]), [
      { isNew: true, sequence: 1 },
    ])
  })

  rule(
    'a closed bus refuses every operation, and closing twice is harmless',
    async (t, { bus }) => {
      const kv = await bus.kv('B')
      await bus.close()
      await bus.close()
      t.equal(bus.isConnected, false)
      const refused = [
        () => bus.publish([{ subject: 's', id: '1', data: bytes('') }]),
        () => bus.request('s', bytes(''), 100),
        () => bus.subscribe('s', () => {}),
        () => bus.respond('s', () => bytes('')),
        () => bus.ensureStream({ name: 'S', subjects: ['s'] }),
        () => bus.consume({ stream: 'S', durable: 'd' }, () => {}),
        () => bus.kv('B'),
        () => kv.get('k'),
      ]
      for (const run of refused) {
        t.equal(await codeOf(run), 'SY_BUS_UNAVAILABLE', run.toString())
      }
      bus.send('s', bytes('dropped'))
    },
  )
}
