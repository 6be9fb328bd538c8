/** Builds update expressions. Every name is an alias, because DynamoDB reserves `status`, `plan` and many more. */

export interface UpdateParts {
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** Sets each attribute with a value, and removes those whose value is `null`. */
export function setAll(attributes: Readonly<Record<string, unknown>>): UpdateParts {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const sets: string[] = [];
  const removes: string[] = [];
  for (const [name, value] of Object.entries(attributes)) {
    names[`#${name}`] = name;
    if (value === null || value === undefined) {
      removes.push(`#${name}`);
    } else {
      values[`:${name}`] = value;
      sets.push(`#${name} = :${name}`);
    }
  }
  return parts(sets, removes, { names, values });
}

/** Sets each attribute that has a value here and is absent in the item. */
export function setIfAbsent(attributes: Readonly<Record<string, unknown>>): UpdateParts {
  const present = Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined);
  return parts(
    present.map(([name]) => `#${name} = if_not_exists(#${name}, :${name})`),
    [],
    {
      names: Object.fromEntries(present.map(([name]) => [`#${name}`, name])),
      values: Object.fromEntries(present.map(([name, value]) => [`:${name}`, value])),
    },
  );
}

function parts(
  sets: readonly string[],
  removes: readonly string[],
  aliases: { readonly names: Record<string, string>; readonly values: Record<string, unknown> },
): UpdateParts {
  const clauses = [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
  ];
  return {
    UpdateExpression: clauses.join(' '),
    ExpressionAttributeNames: aliases.names,
    // DynamoDB rejects an empty map.
    ...(Object.keys(aliases.values).length > 0 ? { ExpressionAttributeValues: aliases.values } : {}),
  };
}
