import type { DurationMs, EpochMs } from '../../engine/plugin/index.ts'
import type { FactRecord } from './facts.ts'

/** Answers of a service, for a while; the oldest goes when there is no room. */
export interface AnswerCache {
  get(key: string, now: EpochMs): FactRecord | undefined
  put(key: string, facts: FactRecord, now: EpochMs): void
}

/** @param size answers at most; 0 keeps none */
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
