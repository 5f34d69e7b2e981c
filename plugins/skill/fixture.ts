import type { Test } from 'tap'
import { type PluginWorld, startPlugin } from '../../engine/testing/index.ts'
import { createSkillPlugin } from './index.ts'

/** A disk in memory. */
export interface FakeFiles {
  write(path: string, text: string): void
  remove(path: string): void
}

/** A request sent by a look-up, and how to reply to it. */
export interface Asked {
  readonly url: string
  readonly init: RequestInit
  answer(body: unknown, status?: number): void
  fail(): void
}

/** The plugin with a simulated disk and look-up service. */
export function createFixture(environment: Readonly<Record<string, string>> = {}) {
  const contents = new Map<string, { readonly text: string; readonly modifiedAt: number }>()
  const asked: Asked[] = []
  let writes = 0

  function entry(path: string) {
    const found = contents.get(path)
    if (found === undefined) {
      throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
    }
    return found
  }

  const plugin = createSkillPlugin({
    environment,
    files: {
      async stamp(path) {
        const { modifiedAt, text } = entry(path)
        return { modifiedAt, size: text.length }
      },
      read: async (path) => Buffer.from(entry(path).text),
    },
    fetch: (url, init) =>
      new Promise((resolve, reject) => {
        asked.push({
          url,
          init,
          answer(body, status = 200) {
            const text = typeof body === 'string' ? body : JSON.stringify(body)
            resolve(new Response(text, { status }))
          },
          fail: () => reject(new TypeError('fetch failed')),
        })
      }),
  })

  const files: FakeFiles = {
    write(path, text) {
      writes += 1
      contents.set(path, { text, modifiedAt: writes })
    },
    remove: (path) => contents.delete(path),
  }

  return {
    plugin,
    files,
    asked,
    async start(t: Test, options: unknown, replicas = 1): Promise<PluginWorld> {
      const world = await startPlugin(plugin, options, { replicas })
      t.teardown(() => world.stop())
      return world
    },
  }
}

/** The classifications sent, in order. */
export function classifications(world: PluginWorld) {
  return world.commands.flatMap(({ name, input }) => (name === 'call.classify' ? [input] : []))
}

/** Sums the metric of that name over all series with these labels; 0 if there are none. */
export function figure(
  world: PluginWorld,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const found = world
    .figures()
    .filter((one) => one.name === name)
    .filter((one) => Object.entries(labels).every(([key, value]) => one.labels[key] === value))
  return found.reduce((sum, { value }) => sum + value, 0)
}
