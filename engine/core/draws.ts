import { memoryless } from './chance.ts'

/** What a snapshot keeps of the lots. */
export interface SavedDraws {
  readonly draws: number
  readonly chosen: number
}

/**
 * Lots of agents: each who becomes ready draws one, the least is chosen. A lot is drawn
 * above the highest chosen so far; because its distribution forgets how long it has run,
 * who came just now and who has waited have even chances.
 */
export class Draws {
  #draws = 0
  #chosen = 0

  draw(seed: number): number {
    this.#draws += 1
    return this.#chosen + memoryless(seed, this.#draws)
  }

  /** A lot was chosen. */
  note(lot: number): void {
    this.#chosen = Math.max(this.#chosen, lot)
  }

  save(): SavedDraws {
    return { draws: this.#draws, chosen: this.#chosen }
  }

  restore({ draws, chosen }: SavedDraws): void {
    this.#draws = draws
    this.#chosen = chosen
  }
}
