import { format, inspect } from 'node:util'
import t from 'tap'
import { Secret } from './secret.ts'

t.test('a secret is shown by nothing but reveal', async (t) => {
  const secret = new Secret('hunter2')
  const holder = { password: secret }
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify(holder),
    inspect(holder, { showHidden: true, depth: null }),
    format('%s %j %o', secret, secret, secret),
    Object.values(secret).join(),
  ]
  t.notMatch(shown.join('\n'), /hunter2/)
  t.equal(JSON.stringify(holder), '{"password":"[secret]"}')
  t.equal(secret.reveal(), 'hunter2')
})
