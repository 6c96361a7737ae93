// Writes tests/web/qs_vectors.json: what qs makes of odd query strings.
// Run in a folder where qs@6.15.3 is installed: node make_qs_vectors.mjs <random strings> <seed> > out.json
import { createRequire } from 'node:module';

const qs = createRequire(`${process.cwd()}/`)('qs');
const [count, seed] = process.argv.slice(2).map(Number);
let state = seed || 1;
const random = () => {
	state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
	return state / 4294967296;
};
const pick = (list) => list[Math.floor(random() * list.length)];

const FIXED = ['', '&', '=', '&&a=1', 'a', 'a=', '=a', 'a=1&a=2', 'a[]=1', 'a[]=1&a[]=2', 'a[]', 'a[0]=x', 'a[1]=x&a[0]=y', 'a[k]=v',
	'a[b][c][d][e][f][g]=1', 'a[b][c][d][e][f][g][h]=1', 'a[499]=1', 'a[500]=1', 'a[01]=1', 'a[-1]=1', 'a[100000000000000000000]=1',
	'a[9007199254740993]=1', '__proto__=1', '__proto__[x]=1', 'a[__proto__]=1', 'a[hasOwnProperty]=1', 'hasOwnProperty=1&b=2',
	'a[b][constructor][c]=1', 'a+b=c+d', 'a=%2B', 'a=%E9', 'a=%C3%A9', 'a=%ZZ', 'a=%', 'a=%e2%82', 'a=%ED%A0%80', 'a=%00', 'a%5B%5D=1',
	'a%5b0%5D=1', 'a[=1', 'a]=1', 'a[b=c]=d', 'a=b]=c', '[]=1', '[0]=1', '[a]=1', '0=x&[0]=y', '[0]=y&0=x', 'a=x&a[]=y', 'a[]=y&a=x',
	'a=x&a[b]=y', 'a[b]=y&a=x', 'a[0]=x&a[b]=y', 'a[b]=y&a[0]=x', 'a[b]=y&a[]=x', 'a=&a[]=1', 'a[]=1&a=', 'a[][]=1', 'a[][0]=1', 'a[][b]=1&a[][c]=2',
	'a[0][b]=1&a[0][c]=2', 'a[2]=x&a=y', 'a=y&a[2]=x', 'a[[]]=1', 'a[[b]]=1', 'a[b[c]]=1', 'a[b]c[d]=1', 'a[b', 'a[b][c', 'a%255B0%255D=1',
	'sort=%7B%22ts%22%3A1%7D&count=2', 'a.b=c', 'a,b=1,2', 'a;b=1', 'a==b', 'a=b=c', 'a=\u00e9', '%61=1&a=2', 'a[%5D]=1', 'a[ ]=1', 'a[0 ]=1',
	'a[][2]=x&a[1]=y', 'a[3]=x&a[]=y', 'a[2][]=x&a[2][]=y', 'a&a&a', 'a[]&a[]', 'a[0]=1&a[0]=2', 'a[toString', 'toString[a', 'a[b]=1&a[b]=2&a[b][c]=3'];
const NAMES = ['a', 'b', '0', '1', '3', '', 'a', '', '[', ']', 'toString', '__proto__', '499', '%5B', 'x y', '2'];
const word = () => pick(['', 'x', 'y', 'z', '1', 'a+b', '%20', '%C3%A9', '%FF', '%', ']', '[', '=', '%5D']);
const one = () => {
	let key = pick(['a', 'a', 'a', 'b', '', '0', 'toString']);
	const deep = Math.floor(random() * random() * 8);
	for (let i = 0; i < deep; i++) key += random() < 0.9 ? `[${pick(NAMES)}]` : pick(['[', ']', 'q', '%5b0%5d']);
	return random() < 0.1 ? key : `${key}=${word()}`;
};
const parse = (text) => {
	try {
		return [text, qs.parse(text, { arrayLimit: 500, throwOnLimitExceeded: true })];
	} catch {
		return [text];
	}
};
const list = [...FIXED];
for (let i = 0; i < count; i++) list.push(Array.from({ length: 1 + Math.floor(random() * 5) }, one).join('&'));
process.stdout.write(`[\n${[...new Set(list)].map((text) => JSON.stringify(parse(text))).join(',\n')}\n]\n`);
