import t from 'tap'
import type { CallId } from '../catalogue/ids.ts'
import type { Prompt, PromptCommand, PromptId } from '../switch/prompt.ts'
import type { SwitchCommand } from '../switch/switch.ts'
import { encodeCommand } from './encode-command.ts'

const callId = 'call-1' as CallId
const promptId = 'prompt-1' as PromptId

function files(...names: string[]): Prompt & { type: 'files' } {
  return { type: 'files', files: names }
}

const play = {
  type: 'playPrompt',
  callId,
  promptId,
  prompt: files('hello.wav'),
  endKeys: '',
} as const
const ask = {
  type: 'askDigits',
  callId,
  promptId,
  prompt: files('menu.wav'),
  maxDigits: 4,
  firstDigitMs: 5_000,
  nextDigitMs: 2_000,
  endKeys: '#',
} as const
const record = {
  type: 'recordCaller',
  callId,
  promptId,
  path: '/var/spool/call-1.wav',
  maxMs: 60_000,
  endKeys: '#',
} as const

/** The commands as text: `application argument` for an application, an api command unchanged. */
function sent(command: SwitchCommand): string[] {
  const encoded = encodeCommand(command)
  return encoded.ok
    ? encoded.commands.map((part) =>
        part.type === 'execute'
          ? `${part.application} ${part.argument}`
          : `${part.type} ${part.command} ${part.args}`,
      )
    : [encoded.message]
}

t.test('a prompt is a playback with its id, its mark, and the key that stops it', async (t) => {
  t.strictSame(encodeCommand(play), {
    ok: true,
    commands: [
      {
        type: 'execute',
        application: 'playback',
        argument: '%[playback_terminators=D]hello.wav',
        uuid: 'call-1',
        eventUuid: 'prompt-1',
        eventUuidName: 'acd-prompt',
      },
    ],
  })
  t.strictSame(sent({ ...play, endKeys: '1*#' }), [
    'playback %[playback_terminators=1*#D]hello.wav',
  ])
})

t.test('each kind of prompt uses what the switch can play or speak', async (t) => {
  const encoded = (prompt: Prompt) =>
    sent({ ...play, prompt })[0]?.replace(/^(\w+) %\[playback_terminators=D/, '$1 [')
  t.equal(encoded(files('a.wav', 'it is/b c.wav')), 'playback []file_string://a.wav!it is/b c.wav')
  t.equal(encoded({ type: 'speech', text: "It's 5 €" }), "playback []say:It's 5 €")
  t.equal(
    encoded({ type: 'speech', text: 'Hi', engine: 'flite', voice: 'kal' }),
    'playback [,tts_engine=flite,tts_voice=kal]say:Hi',
  )
  t.equal(
    encoded({ type: 'phrase', name: 'queue_position', argument: '3', language: 'de' }),
    'playback [,language=de]phrase:queue_position:3',
  )
  const spoken = (spokenAs: 'number' | 'digits' | 'money' | 'letters') =>
    encoded({ type: 'value', value: '42', spokenAs, language: 'en' })
  t.equal(spoken('number'), 'say []en number pronounced 42')
  t.equal(spoken('digits'), 'say []en number iterated 42')
  t.equal(spoken('money'), 'say []en currency pronounced 42')
  t.equal(spoken('letters'), 'say []en name_spelled pronounced 42')
})

t.test('a question is one `read`, which plays and collects digits', async (t) => {
  t.strictSame(encodeCommand(ask), {
    ok: true,
    commands: [
      {
        type: 'execute',
        application: 'read',
        argument: "1 4 'menu.wav' acd_digits 5000 #D 2000",
        uuid: 'call-1',
        eventUuid: 'prompt-1',
        eventUuidName: 'acd-prompt',
      },
    ],
  })
  t.strictSame(sent({ ...ask, prompt: undefined, endKeys: '' }), [
    "read 1 4 'silence' acd_digits 5000 D 2000",
  ])
  t.strictSame(sent({ ...ask, prompt: { type: 'speech', text: "What's it?", engine: 'flite' } }), [
    "read %[tts_engine=flite]1 4 'say:What’s it?' acd_digits 5000 #D 2000",
  ])
})

t.test('a recording runs in parallel to a silence that the caller can end', async (t) => {
  t.strictSame(sent(record), [
    'api uuid_record call-1 start /var/spool/call-1.wav 61',
    'playback %[playback_terminators=#D]silence_stream://60000',
  ])
  t.strictSame(sent({ type: 'endRecording', callId, path: '/var/spool/call-1.wav' }), [
    'api uuid_record call-1 stop /var/spool/call-1.wav',
  ])
})

t.test('a prompt is stopped by a key that no phone has', async (t) => {
  t.strictSame(sent({ type: 'stopPrompt', callId }), ['api uuid_recv_dtmf call-1 D'])
})

const refused: Record<string, PromptCommand> = {
  'no file': { ...play, prompt: files() },
  'an empty file': { ...play, prompt: files('') },
  'an empty file of two': { ...play, prompt: files('a.wav', '') },
  'a file that contains the separator of files': { ...play, prompt: files('a!b.wav', 'c.wav') },
  'a file with a line feed': { ...play, prompt: files('a\n\napi shutdown') },
  'a file that is expanded': { ...play, prompt: files(`\${system(reboot)}`) },
  'a file that escapes': { ...play, prompt: files('a\\$b') },
  'no text': { ...play, prompt: { type: 'speech', text: '' } },
  'a voice that adds a variable': {
    ...play,
    prompt: { type: 'speech', text: 'a', voice: 'a,b=c' },
  },
  'a phrase that has an argument': {
    ...play,
    prompt: { type: 'phrase', name: 'a:b', argument: '', language: 'en' },
  },
  'a value of two words': {
    ...play,
    prompt: { type: 'value', value: '1 2', spokenAs: 'number', language: 'en' },
  },
  'a language of two words': {
    ...play,
    prompt: { type: 'value', value: '1', spokenAs: 'number', language: 'en x' },
  },
  'end keys that are not keys': { ...play, endKeys: 'x]' },
  'a call id with a line feed': { ...play, callId: 'a\nb' as CallId },
  'a prompt id with a line feed': { ...play, promptId: 'a\nb' as PromptId },
  'a question that ends its quotes': { ...ask, prompt: files("it's.wav") },
  'a question with end keys that are not keys': { ...ask, endKeys: '# ' },
  'a question for no digits': { ...ask, maxDigits: 0 },
  'a question for more digits than fit': { ...ask, maxDigits: 65 },
  'a question without an end': { ...ask, firstDigitMs: Number.POSITIVE_INFINITY },
  'a question whose time is not a number': { ...ask, nextDigitMs: Number.NaN },
  'a recording to a path of two words': { ...record, path: '/a b' },
  'a recording without a length': { ...record, maxMs: Number.NaN },
  'an end of a recording of two words': { type: 'endRecording', callId, path: 'a b' },
  'a stop of two words': { type: 'stopPrompt', callId: 'a b' as CallId },
}

for (const [what, command] of Object.entries(refused)) {
  t.test(`${what} is refused, not sent`, async (t) => {
    t.match(encodeCommand(command), { ok: false, message: /^SY_ESL_UNSAFE: / })
  })
}
