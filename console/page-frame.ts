import { html, Html } from '../data/html.ts'
import { PAGE_STYLE } from '../data/page-style.ts'
import { PLOT_STYLE } from './plot-style.ts'

export interface Frame {
  readonly title: string
  readonly header: Html
  readonly content: readonly (Html | null)[]
  /** CSS after that of all pages. Default: none. */
  readonly style?: string
}

/** A page that stands alone: no script, no font, no link but to other pages of the same place. */
export function pageFrame({ title, header, content, style = '' }: Frame): string {
  return html`<!doctype html>
    <html lang="en">
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>${title}</title>
      <style>
        ${new Html(PAGE_STYLE + PLOT_STYLE + style)}
      </style>
      <header>${header}</header>
      <main>${content.flatMap((part) => part ?? [])}</main>
    </html> `.markup
}

export function section(title: string, content: Html): Html {
  return html`<section>
    <h2>${title}</h2>
    ${content}
  </section>`
}

export interface Column {
  readonly title: string
  readonly isNumber?: boolean
}

/** The first column heads its rows. */
export function table(columns: readonly Column[], rows: readonly (readonly (Html | string)[])[]): Html {
  const heads = columns.map(({ title, isNumber }) =>
    isNumber === true ? html`<th scope="col" class="number">${title}</th>` : html`<th scope="col">${title}</th>`,
  )
  const cell = (content: Html | string, index: number): Html => {
    if (index === 0) return html`<th scope="row">${content}</th>`
    return columns[index]?.isNumber === true ? html`<td class="number">${content}</td>` : html`<td>${content}</td>`
  }
  return html`<div class="scroll" tabindex="0">
    <table>
      <tr>
        ${heads}
      </tr>
      ${rows.map(
        (cells) =>
          html`<tr>
            ${cells.map(cell)}
          </tr>`,
      )}
    </table>
  </div>`
}
