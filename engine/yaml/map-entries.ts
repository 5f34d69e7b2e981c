/** Maps each entry with `build`, in the order of the file. */
export function mapEntries<File, Key, Value>(
  entries: Readonly<Record<string, File>>,
  build: (name: string, file: File) => readonly [Key, Value],
): ReadonlyMap<Key, Value> {
  return new Map(Object.entries(entries).map(([name, file]) => build(name, file)))
}
