import type { DurationMs, EpochMs } from '../../engine/plugin/index.ts'
import type { FactRecord } from './facts.ts'

/** A cache of look-up replies that expire; when it is full, the oldest is evicted. */
export interface AnswerCache {
  get(key: string, now: EpochMs): FactRecord | undefined
  put(key: string, facts: FactRecord, now: EpochMs): void
}

/** @param size maximum number of replies; 0 disables the cache */
export function createAnswerCache(size: number, keepForMs: DurationMs): AnswerCache {
  const answers = new Map<string, { readonly facts: FactRecord; readonly until: EpochMs }>()
  return {
    get(key, now) {
      const answer = answers.get(key)
      return answer !== undefined && answer.until > now ? answer.facts : undefined
    },
    put(key, facts, now) {
      answers.delete(key)
      answers.set(key, { facts, until: now + keepForMs })
      for (const oldest of answers.keys()) {
        if (answers.size <= size) {
          return
        }
        answers.delete(oldest)
      }
    },
  }
}
