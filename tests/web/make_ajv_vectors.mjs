// Writes tests/web/ajv_vectors.json: what AJV says of random documents.
// Run in a folder where ajv@8.17.1 is installed:
//   node make_ajv_vectors.mjs ajv_schemas.json <documents per schema and mode> <seed> > out.json
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(`${process.cwd()}/`);
const Ajv = require('ajv');
const Ajv2020 = require('ajv/dist/2020');
const [file, per, seed] = process.argv.slice(2);
const schemas = JSON.parse(readFileSync(file, 'utf8'));

let state = Number(seed) || 1;
const random = () => {
	state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
	return state / 4294967296;
};
const pick = (list) => list[Math.floor(random() * list.length)];
const chance = (p) => random() < p;

const STRINGS = ['', ' ', '0', '1', '2', '-1', '+5', '.5', '5.', '0x10', '-0x10', '0b11', '0o7', '1e3', '1e400', '1_000',
	'\uff11\uff12', 'abc', 'a', 'true', 'false', 'null', 'Infinity', '-Infinity', 'NaN', '1.5', '  7 ', '\u00a07\ufeff', '\t\n',
	'\u00e9', '\ud83d\ude00\ud83d\ude00', 'a.1', 'abc\n', '00012', '-0', '1e-7', '12345678901234567890', '\u0663', 'online', 'b',
	'0.1e1', '1.', '+', '.', 'e5', '0x', '1e', '1 2', '\u001c5'];
const NUMBERS = [0, 1, -1, 1.5, 2, 5, 10, 11, 100, 1e21, 1e-7, 0.000001, 1e300, 0.1, 123456789012345680000, 0.5, 1.0, 9007199254740993, -2.5e-9];
const atom = () => {
	const r = random();
	if (r < 0.45) return pick(STRINGS);
	if (r < 0.7) return pick(NUMBERS);
	if (r < 0.8) return chance(0.5);
	if (r < 0.88) return null;
	if (r < 0.92) return [];
	if (r < 0.98) return [atom()];
	return pick([{}, { a: 1 }, { a: '1' }, { x: '2' }, { k: 1 }, { b: null }]);
};
const make = (schema, depth = 0) => {
	if (typeof schema !== 'object' || chance(0.12 + depth * 0.05)) return atom();
	const branches = schema.anyOf || schema.oneOf || schema.allOf;
	if (branches && chance(0.8)) return make(pick(branches), depth);
	if (schema.enum && chance(0.6)) return pick(schema.enum);
	if ('const' in schema && chance(0.6)) return schema.const;
	const type = Array.isArray(schema.type) ? pick(schema.type) : schema.type;
	if (schema.nullable && chance(0.1)) return null;
	if (type === 'object' || schema.properties) {
		const out = {};
		for (const [name, sub] of Object.entries(schema.properties || {})) {
			if (chance((schema.required || []).includes(name) ? 0.93 : 0.45)) out[name] = make(sub, depth + 1);
		}
		if (schema.additionalProperties !== undefined && chance(0.08)) out[pick(['zz', 'y', 'foo'])] = atom();
		if (typeof schema.additionalProperties === 'object' && chance(0.6)) out[pick(['zz', 'y'])] = make(schema.additionalProperties, depth + 1);
		return chance(0.06) ? [out] : out;
	}
	if (type === 'array') return Array.from({ length: Math.floor(random() * 4) }, () => make(schema.items ?? true, depth + 1));
	return atom();
};

const copy = (value) => JSON.parse(JSON.stringify(value));
// JSON has no Infinity: null would hide it.
const frozen = (key, value) => (typeof value === 'number' && !Number.isFinite(value) ? `Number:${value}` : value);
const MODES = [[Ajv, true], [Ajv, 'array'], [Ajv2020, true], [Ajv2020, 'array']];
const cases = [];
const seen = new Set();
schemas.forEach((schema, index) => {
	MODES.forEach(([Class, coerceTypes], mode) => {
		let check;
		try {
			check = new Class({ coerceTypes, allowUnionTypes: true, discriminator: true, logger: false }).compile(copy(schema));
		} catch (error) {
			cases.push([index, mode, null, 2, String(error.message)]);
			return;
		}
		for (let i = 0; i < Number(per); i++) {
			const document = copy(make(schema));
			const text = `${index} ${mode} ${JSON.stringify(document)}`;
			if (seen.has(text)) continue;
			seen.add(text);
			const slot = { value: copy(document) };
			const ok = check(slot.value, { instancePath: '', parentData: slot, parentDataProperty: 'value', rootData: slot.value });
			const answer = ok ? JSON.parse(JSON.stringify(slot.value, frozen)) : check.errors.map((e) => e.message).join('\n ');
			cases.push([index, mode, document, ok ? 1 : 0, answer]);
		}
	});
});
process.stdout.write(`{"schemas":${JSON.stringify(schemas)},\n"cases":[\n${cases.map((c) => JSON.stringify(c)).join(',\n')}\n]}\n`);
