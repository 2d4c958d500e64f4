/** Small tools to change a page in place: what is equal is not touched, so nothing jumps. */

export const byId = (id) => document.getElementById(id)

export function element(tag, className = '', text = '') {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text) node.textContent = text
  return node
}

export function setText(node, text) {
  const wanted = String(text)
  if (node.textContent !== wanted) node.textContent = wanted
}

export function setClass(node, className) {
  if (node.className !== className) node.className = className
}

export function setHidden(node, isHidden) {
  if (node.hidden !== isHidden) node.hidden = isHidden
}

export function setTitle(node, title) {
  if (node.title !== title) node.title = title
}

export function setVariable(node, name, value) {
  if (node.style.getPropertyValue(name) !== value) node.style.setProperty(name, value)
}

/** Header cells. `columns`: `[label, class, title]`. */
export function tableHead(node, columns) {
  const row = element('tr')
  for (const [label, className = '', title = ''] of columns) {
    const cell = element('th', className, label)
    cell.scope = 'col'
    if (title) cell.title = title
    row.append(cell)
  }
  node.replaceChildren(row)
}

/**
 * One child per item, in order, reused by key. `create(item)` makes it, `update(node, item)` fills
 * it; rows that are no longer wanted go.
 */
export function keyed(parent, items, keyOf, create, update) {
  parent.byKey ??= new Map()
  const wanted = new Set()
  let before = parent.firstChild
  for (const item of items) {
    const key = keyOf(item)
    if (wanted.has(key)) continue
    wanted.add(key)
    let node = parent.byKey.get(key)
    if (!node) {
      node = create(item)
      parent.byKey.set(key, node)
    }
    update(node, item)
    if (node === before) before = before.nextSibling
    else parent.insertBefore(node, before)
  }
  for (const [key, node] of parent.byKey) {
    if (wanted.has(key)) continue
    node.remove()
    parent.byKey.delete(key)
  }
}

/** A row with a cell for each class name. */
export function cells(classNames, rowClass = '') {
  const row = element('tr', rowClass)
  for (const className of classNames) row.append(element('td', className))
  return row
}

/** Mark a panel as showing synthetic data. */
export function markSynthetic(panelId, isSynthetic) {
  const tag = byId(panelId).querySelector('.synthetic-tag')
  setHidden(tag, !isSynthetic)
}
