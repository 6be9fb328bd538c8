/** Encodes a text for a URL. Only the unreserved characters of RFC 3986 stay as they are. */
export function percentEncoded(text: string): string {
  const whole = SURROGATE.test(text) ? text.replace(HALF_CHARACTER, '\uFFFD') : text;
  return encodeURIComponent(whole).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Nearly no text has one, and to look for halves takes a new process ten times as long. */
const SURROGATE = /[\ud800-\udfff]/;

/** A half of a surrogate pair is no character, and has no encoding. */
const HALF_CHARACTER = /\p{Surrogate}/gu;
