import { z } from 'zod'
import { fileSchema } from './file.ts'

/** The part of a JSON Schema that is read here. */
export interface JsonSchema {
  readonly title?: string
  readonly description?: string
  readonly default?: unknown
  /** As written in the file. Not `examples`, which zod drops for converted values. */
  readonly example?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly propertyNames?: JsonSchema
  readonly additionalProperties?: JsonSchema | false
  readonly items?: JsonSchema
  readonly anyOf?: readonly JsonSchema[]
}

/**
 * The JSON Schema of the configuration file, for editors. It judges values by YAML's own types, and
 * each value by itself: `switchyard check` finds more.
 */
export function configJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(fileSchema, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      // Our defaults are text; an editor sees 3 in the file, not '3'.
      if (typeof jsonSchema.default === 'string') {
        if (jsonSchema.type === 'integer') {
          jsonSchema.default = Number(jsonSchema.default)
        } else if (jsonSchema.type === 'boolean') {
          jsonSchema.default = jsonSchema.default === 'true'
        }
      }
    },
  })
  return { title: 'Switchyard', ...schema } as JsonSchema
}

/** The content of `schema/switchyard.schema.json`. */
export function schemaFileText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}
