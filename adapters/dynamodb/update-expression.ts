/** Builds an update in which every name is an alias: DynamoDB reserves `status`, `plan` and hundreds more. */

export interface UpdateParts {
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, unknown>;
}

/** Sets each attribute, and removes those whose value is `null`: what is gone at the source is gone in the row. */
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

/** Sets each attribute that has a value, where the row has none. */
export function setIfAbsent(attributes: Readonly<Record<string, unknown>>): UpdateParts {
  const given = Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined);
  return parts(
    given.map(([name]) => `#${name} = if_not_exists(#${name}, :${name})`),
    [],
    {
      names: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
      values: Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
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
    // An empty map is refused.
    ...(Object.keys(aliases.values).length > 0 ? { ExpressionAttributeValues: aliases.values } : {}),
  };
}
