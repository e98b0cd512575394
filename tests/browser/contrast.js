// Every text on the page whose contrast with what is behind it is less than WCAG's level AA asks for.
const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
const isSeen = (colour) => colour !== 'none' && (numbers(colour)[3] ?? 1) > 0.99;

function luminance(colour) {
  const [r, g, b] = numbers(colour).slice(0, 3).map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function behind(element) {
  // In a drawing: the last box that was painted before and lies around it.
  if (element.ownerSVGElement) {
    const own = element.getBoundingClientRect();
    const [x, y] = [own.left + own.width / 2, own.top + own.height / 2];
    const boxes = [...element.ownerSVGElement.querySelectorAll('rect')].filter((rect) => {
      const area = rect.getBoundingClientRect();
      const before = element.compareDocumentPosition(rect) & Node.DOCUMENT_POSITION_PRECEDING;
      return before && area.left <= x && x <= area.right && area.top <= y && y <= area.bottom && isSeen(getComputedStyle(rect).fill);
    });
    if (boxes.length) return getComputedStyle(boxes.at(-1)).fill;
  }
  for (let one = element; one; one = one.parentElement) {
    const colour = getComputedStyle(one).backgroundColor;
    if (isSeen(colour)) return colour;
  }
  return 'rgb(255, 255, 255)';
}

const faint = [];
let looked = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  const text = walker.currentNode.data.trim();
  if (!text || element.closest('.hidden, [hidden], .skip, noscript, script') || !element.getClientRects().length) continue;
  const style = getComputedStyle(element);
  const colour = element.ownerSVGElement ? style.fill : style.color;
  const [lighter, darker] = [luminance(colour), luminance(behind(element))].sort((a, b) => b - a);
  const ratio = (lighter + 0.05) / (darker + 0.05);
  const size = parseFloat(style.fontSize);
  const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
  looked += 1;
  if (ratio < (isLarge ? 3 : 4.5)) faint.push(`"${text}" ${colour} on ${behind(element)}: ${ratio.toFixed(2)}`);
}
return {looked, faint};
