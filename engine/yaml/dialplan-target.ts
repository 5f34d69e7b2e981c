import { readDialplanTarget } from '../catalogue/targets.ts'
import { scalar } from './scalars.ts'

/** `EXTENSION [DIALPLAN [CONTEXT]]` as one value of the file. */
export const dialplanTarget = scalar({
  noun: 'a target: EXTENSION [DIALPLAN [CONTEXT]]',
  example: '9000 XML default',
  json: { type: ['string', 'integer'] },
  read: readDialplanTarget,
})
