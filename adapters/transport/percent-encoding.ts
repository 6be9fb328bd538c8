/** Encodes a text for a URL. Only the unreserved characters of RFC 3986 stay as they are. */
export function percentEncoded(text: string): string {
  return encodeURIComponent(text.replace(HALF_CHARACTER, '\uFFFD')).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** A half of a surrogate pair is no character, and has no encoding. */
const HALF_CHARACTER = /\p{Surrogate}/gu;
