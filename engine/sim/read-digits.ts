import type { DurationMs } from '../catalogue/ids.ts'
import type { Timer } from '../clock.ts'
import type { Channel } from './channel.ts'
import type { Application, Exchange } from './exchange.ts'
import { needsSpeechModule, type Player, play } from './playback.ts'
import type { Run } from './run.ts'
import { finish } from './thread.ts'
import type { ByteString } from './wire-text.ts'

/** How the collection of keys ended. Undefined: the prompt could not be played. */
type Result = 'success' | 'timeout' | 'failure' | undefined

interface Question {
  readonly min: number
  readonly max: number
  readonly file: ByteString
  readonly variable: ByteString
  /** Time for the first key, from the end of the prompt. */
  readonly firstMs: DurationMs
  /** Time for each further key. */
  readonly betweenMs: DurationMs
  readonly terminators: ByteString
}

/**
 * `read MIN MAX FILE VARIABLE TIMEOUT TERMINATORS DIGIT_TIMEOUT`: plays a prompt and
 * collects keys. The first key stops the prompt (trace digits-are-read).
 */
export const readDigits: Application = (exchange, channel, run) => {
  const [min, max, file = '', variable = '', timeout, terminators = '', between] = splitWords(
    run.data,
  )
  const question = { ...limits(min, max, timeout, between), file, variable, terminators }
  ask(exchange, channel, run, { ...question, min: Math.max(question.min, 1) }, () =>
    finish(exchange, channel, run),
  )
}

/** `play_and_get_digits MIN MAX TRIES TIMEOUT TERMINATORS FILE INVALID_FILE VARIABLE REGEX DIGIT_TIMEOUT`. */
export const playAndGetDigits: Application = (exchange, channel, run) => {
  const words = splitWords(run.data)
  const [min, max, tries, timeout, terminators = '#', file = '', invalid = ''] = words
  const [variable = '', regex = '.*', between] = words.slice(7)
  const question = { ...limits(min, max, timeout, between), file, variable, terminators }
  const pattern = new RegExp(`^(?:${regex})$`)
  let triesLeft = Number(tries)

  const attempt = (): void =>
    ask(exchange, channel, run, question, (result, digits) => {
      const isWhole = result === 'success' || (result === 'timeout' && digits !== '')
      if (isWhole && digits.length >= question.min && pattern.test(digits)) {
        return finish(exchange, channel, run)
      }
      if (isWhole) channel.setVariable(variable, undefined)
      triesLeft--
      const next = (): void => (triesLeft > 0 ? attempt() : finish(exchange, channel, run))
      const player = play(exchange, channel, invalid, next)
      if (!player) return next()
      run.hooks = { ...player.hooks, unwind: () => player.stop('done') }
    })
  attempt()
}

function limits(min = '', max = '', timeout = '', between = '') {
  const minDigits = Math.max(Number(min) || 0, 0)
  const firstMs = Math.max(Number(timeout) || 0, 1_000)
  return {
    min: minDigits,
    max: Math.max(Number(max) || 0, minDigits),
    firstMs,
    betweenMs: Number(between) || firstMs,
  }
}

/**
 * Plays the prompt and collects keys, once (switch_ivr_play_say.c, switch_ivr_read). `done` is not
 * called when the channel leaves.
 */
function ask(
  exchange: Exchange,
  channel: Channel,
  run: Run,
  { min, max, file, variable, firstMs, betweenMs, terminators }: Question,
  done: (result: Result, digits: string) => void,
): void {
  let digits = ''
  let isPrompting = true
  let player: Player | undefined
  let timer: Timer | undefined
  channel.setVariable('read_result', undefined)
  channel.setVariable(variable, undefined)

  const leave = (result: Result): void => {
    timer?.cancel()
    if (max === 1 && terminators.includes(digits)) digits = ''
    channel.setVariable('read_result', result)
    channel.setVariable(variable, digits)
  }
  const end = (result: Result): void => {
    run.hooks = {}
    leave(result)
    done(result, digits)
  }
  const endOf = (result: Result): void => end(digits.length < min ? 'failure' : result)
  const listen = (): void => {
    timer?.cancel()
    timer = exchange.after(digits === '' ? firstMs : betweenMs, () => endOf('timeout'))
  }
  const wait = (): void => {
    isPrompting = false
    player = undefined
    listen()
  }
  const isInterruption = (digit: string): boolean => {
    if (!isPrompting) return false
    isPrompting = false
    player?.stop('break')
    player = undefined
    if (max === 1) digits = digit
    return max === 1
  }

  run.hooks = {
    pause: () => player?.hooks.pause(),
    resume: () => player?.hooks.resume(),
    digit(digit) {
      if (isInterruption(digit)) return end('success')
      if (terminators.includes(digit)) {
        channel.setVariable('read_terminator_used', digit)
        return endOf('success')
      }
      digits += digit
      if (digits.length >= max) return end('success')
      listen()
    },
    unwind(why) {
      player?.stop('done')
      leave(!isPrompting || why === 'killed' ? 'failure' : undefined)
    },
  }
  channel.party?.asked?.(file)
  if (file === '' || file === 'silence') {
    wait()
  } else {
    player = needsSpeechModule(file) ? undefined : play(exchange, channel, file, wait)
    if (!player) end(undefined)
  }
}

/** Splits at blanks outside quotes (switch_utils.c, separate_string_blank_delim). */
function splitWords(text: ByteString): string[] {
  return [...text.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
}
