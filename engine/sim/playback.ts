import type { DurationMs } from '../catalogue/ids.ts'
import type { Timer } from '../clock.ts'
import type { Channel } from './channel.ts'
import type { Application, Exchange } from './exchange.ts'
import type { Run, RunHooks } from './run.ts'
import { finish } from './thread.ts'
import type { ByteString } from './wire-text.ts'

/** How long `source` plays: Infinity for music, undefined for a missing file. */
export function playingTime(exchange: Exchange, source: ByteString): DurationMs | undefined {
  const separator = source.indexOf('://')
  const scheme = separator < 0 ? 'file' : source.slice(0, separator)
  const rest = separator < 0 ? source : source.slice(separator + 3)
  switch (scheme) {
    case 'local_stream':
      return Number.POSITIVE_INFINITY
    case 'silence_stream':
      return rest.startsWith('-1') ? Number.POSITIVE_INFINITY : Number.parseInt(rest, 10) || 0
    case 'tone_stream':
      return toneTime(rest)
    case 'file_string':
      return sumOf(rest.split('!').map((file) => playingTime(exchange, file)))
    default:
      return exchange.settings.fileMs(source)
  }
}

function sumOf(times: readonly (DurationMs | undefined)[]): DurationMs | undefined {
  const known = times.filter((time) => time !== undefined)
  // Missing files are skipped (mod_dptools.c, next_file).
  return known.length === 0 ? undefined : known.reduce((sum, time) => sum + time, 0)
}

/** Whether `source` needs a text-to-speech or phrase module. This switch has none. */
export function needsSpeechModule(source: ByteString): boolean {
  return /^(say|phrase):/i.test(source)
}

function toneTime(tones: ByteString): DurationMs {
  const loops = Number(/loops=(-?\d+)/.exec(tones)?.[1] ?? 1)
  if (loops < 0) return Number.POSITIVE_INFINITY
  let once = 0
  for (const [, on, off] of tones.matchAll(/%\((\d+),(\d+)/g)) once += Number(on) + Number(off)
  return once * Math.max(loops, 1)
}

/** A playing source on a channel. */
export interface Player {
  readonly hooks: Required<Pick<RunHooks, 'pause' | 'resume'>>
  stop(status: 'done' | 'break'): void
}

/**
 * Plays `source` on the channel and calls `ended` when it has played to the end.
 * Playing pauses while another application runs on top.
 *
 * @returns undefined for a missing file
 */
export function play(
  exchange: Exchange,
  channel: Channel,
  source: ByteString,
  ended: () => void,
): Player | undefined {
  let remaining = playingTime(exchange, source)
  if (remaining === undefined) return undefined
  let timer: Timer | undefined
  let since = 0
  const separator = source.indexOf('://')
  const last = [
    ['Playback-File-Type', separator < 0 ? 'file' : source.slice(0, separator)],
    ['Playback-File-Path', source],
  ] as const

  const pause = (): void => {
    if (!timer) return
    timer.cancel()
    timer = undefined
    remaining = Math.max((remaining as number) - (exchange.clock.now() - since), 0)
  }
  const resume = (): void => {
    if (timer || remaining === Number.POSITIVE_INFINITY) return
    since = exchange.clock.now()
    timer = exchange.after(remaining as number, () => {
      stop('done')
      ended()
    })
  }
  const stop = (status: 'done' | 'break'): void => {
    pause()
    exchange.emit({ name: 'PLAYBACK_STOP', channel, last: [...last, ['Playback-Status', status]] })
  }
  exchange.emit({ name: 'PLAYBACK_START', channel, last })
  resume()
  return { hooks: { pause, resume }, stop }
}

/**
 * `playback FILE`. A missing file ends it at once (trace missing-file-and-unicode), as does
 * a key in `playback_terminators`. Other keys are ignored.
 */
export const playback: Application = (exchange, channel, run) => {
  const end = (response: string): void => {
    channel.setVariable('current_application_response', response)
    finish(exchange, channel, run)
  }
  channel.setVariable('playback_terminator_used', undefined)
  if (needsSpeechModule(run.data)) return end('PLAYBACK ERROR')
  const player = play(exchange, channel, run.data, () => end('FILE PLAYED'))
  if (!player) return end('FILE NOT FOUND')
  const stop = (): void => {
    player.stop('break')
    end('FILE PLAYED')
  }
  run.hooks = {
    ...player.hooks,
    interrupt() {
      exchange.step(() => {
        if (channel.top === run) stop()
      })
    },
    digit(digit) {
      if (!terminatorsOf(channel, run).includes(digit)) return
      channel.setVariable('playback_terminator_used', digit)
      stop()
    },
    unwind(why, wasInnermost) {
      player.stop('done')
      // The playing thread noticed the hangup itself, in the middle of a frame: an error. Otherwise
      // another application ran on top, or another thread ended the call. `uuid_bridge` leaves
      // every playback in the middle of a frame (trace attended-transfer-joins-caller-and-colleague).
      const isError = why === 'joined' || (wasInnermost && why !== 'killed')
      channel.setVariable(
        'current_application_response',
        isError ? 'PLAYBACK ERROR' : 'FILE PLAYED',
      )
    },
  }
}

/** The keys that end a playback (mod_dptools.c, on_dtmf). */
function terminatorsOf(channel: Channel, run: Run): string {
  const name = 'playback_terminators'
  const keys = run.scope?.get(name) ?? channel.variable(name) ?? '*'
  if (keys.toLowerCase() === 'any') return '0123456789*#'
  return keys.toLowerCase() === 'none' ? '' : keys
}
