// JSON Schema as OpenAPI 3.1 writes it -> the words and examples of the reference page.

export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  required?: string[];
  description?: string;
  example?: unknown;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
}

/** The document's named schemas. */
export type SchemaBook = Record<string, JsonSchema>;

/** The fields of an object schema, those of its parts included. */
export function properties(schema: JsonSchema, book: SchemaBook): { name: string; schema: JsonSchema; required: boolean }[] {
  const own = resolve(schema, book);
  const required = new Set(own.required);
  const fields = Object.entries(own.properties ?? {}).map(([name, field]) => ({
    name,
    schema: { ...resolve(field, book), ...field },
    required: required.has(name),
  }));
  return [...(own.allOf ?? []).flatMap((part) => properties(part, book)), ...fields];
}

/** `string`, `"enabled" or "disabled"`, `list of Organization`, `uuid or null`. */
export function typeName(schema: JsonSchema | undefined, book: SchemaBook): string {
  if (!schema) return "";
  if (schema.$ref) return refName(schema.$ref);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.map((choice) => typeName(choice, book)).join(" or ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const types = [schema.type ?? "any"].flat();
  return types
    .map((type) => (type === "array" ? `list of ${typeName(schema.items, book)}` : (formatOf(type, schema) ?? type)))
    .join(" or ");
}

/** An example of a value, from the schema's own examples where it has some. Of an object: what it requires and exemplifies. */
export function exampleOf(schema: JsonSchema, book: SchemaBook): unknown {
  const own = resolve(schema, book);
  if (own.example !== undefined) return own.example;
  if (own.enum) return own.enum[0];
  const type = [own.type].flat()[0];
  if (type === "object" || own.properties) {
    const shown = properties(own, book).filter((field) => field.required || field.schema.example !== undefined);
    return Object.fromEntries(shown.map((field) => [field.name, exampleOf(field.schema, book)]));
  }
  if (type === "array") return [];
  if (type === "boolean") return true;
  return type === "integer" || type === "number" ? 1 : "…";
}

function resolve(schema: JsonSchema, book: SchemaBook): JsonSchema {
  return schema.$ref ? (book[refName(schema.$ref)] ?? {}) : schema;
}

function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

function formatOf(type: string, schema: JsonSchema): string | undefined {
  return type === "string" && (schema.format === "uuid" || schema.format === "date-time") ? schema.format : undefined;
}
