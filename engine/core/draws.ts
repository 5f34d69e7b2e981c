import { memoryless } from './chance.ts'

/** What a snapshot keeps of the draws. */
export interface SavedDraws {
  readonly draws: number
  readonly chosen: number
}

/**
 * The draws of agents for `random`: each agent draws when they become ready, and the lowest draw is
 * chosen. A draw is exponentially distributed above the highest one chosen so far. Because that
 * distribution has no memory, an agent who became ready just now and one who has been waiting have
 * even chances.
 */
export class Draws {
  #draws = 0
  #chosen = 0

  draw(seed: number): number {
    this.#draws += 1
    return this.#chosen + memoryless(seed, this.#draws)
  }

  /** An agent was chosen by this draw. */
  note(draw: number): void {
    this.#chosen = Math.max(this.#chosen, draw)
  }

  save(): SavedDraws {
    return { draws: this.#draws, chosen: this.#chosen }
  }

  restore({ draws, chosen }: SavedDraws): void {
    this.#draws = draws
    this.#chosen = chosen
  }
}
