/** Runs one benchmark by name: `npm run bench -- NAME [ARGUMENTS]` loads ./NAME.ts and calls its `run`. */
const [name = '', ...args] = process.argv.slice(2)

if (!/^[a-z][a-z-]*$/.test(name) || name === 'main') {
  process.stderr.write('usage: npm run bench -- NAME; bench/README.md lists the names\n')
  process.exitCode = 2
} else {
  const benchmark = (await import(`./${name}.js`)) as {
    run(args: readonly string[]): number | Promise<number>
  }
  process.exitCode = await benchmark.run(args)
}
