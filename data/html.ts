/** Markup, as opposed to text that may hold anything. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A template whose values are escaped, `Html` and lists of it apart. Attributes have to be quoted. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[] | null)[]
): Html {
  const filled = parts.map((part, index) => part + markupOf(values[index] ?? null))
  return new Html(filled.join(''))
}

function markupOf(value: string | number | Html | readonly Html[] | null): string {
  if (value === null) return ''
  if (value instanceof Html) return value.markup
  if (typeof value === 'number') return String(value)
  if (typeof value === 'object') return value.map(({ markup }) => markup).join('')
  return value.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/** With commas between thousands, whatever the locale. */
export function count(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}
