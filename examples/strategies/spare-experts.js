/**
 * Keeps specialists free for the calls that need them. Of the agents who may
 * take a call, those with the least of the spared skills are asked first; a
 * specialist who becomes free takes calls that still require the skill before those
 * whose requirement has relaxed and that anyone may take.
 *
 * Options:
 *   spare      skills to keep free, for example [ turkish, benefits ]; at least one
 *   occupancy  levels that a fully occupied agent counts as; default 0
 */
export default function create({ spare, occupancy = 0 }) {
  if (!Array.isArray(spare) || spare.length === 0) {
    throw new TypeError('spare: name at least one skill, for example [ turkish ]')
  }
  if (typeof occupancy !== 'number') {
    throw new TypeError('occupancy: expected a number')
  }

  function expertise(agent) {
    return spare.reduce((levels, skill) => levels + (agent.skills.get(skill) ?? 0), 0)
  }

  return {
    scoreAgent: (agent) => -expertise(agent) - occupancy * agent.occupancy,
    scoreCall: (call, agent) => (expertise(agent) > 0 ? -call.step : 0),
  }
}
