// The file as Netron shows it: prints operators, tensors without a name and constants without bytes, as JSON.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(path.join(folder, name)).href);
const [tflite, flatbuffers, base] = await Promise.all(['tflite.js', 'flatbuffers.js', 'base.js'].map(load));
const metadata = JSON.parse(fs.readFileSync(path.join(folder, 'tflite-metadata.json'), 'utf-8'));
const types = new Map(metadata.map((type) => [type.name, type]));
const bytes = new Uint8Array(fs.readFileSync(file));

class Context {
    stream = new base.BinaryStream(bytes);
    identifier = path.basename(file);
    async peek(type) {
        return type === 'flatbuffers.binary' ? flatbuffers.BinaryReader.open(this.stream) : null;
    }
    set(type, value) {
        Object.assign(this, { type, value });
        return type;
    }
    async require(name) {
        return load(`${name}.js`);
    }
    async metadata() {
        return { type: (name) => types.get(name) || { name }, attribute: () => null };
    }
}

const context = new Context();
const factory = new tflite.ModelFactory();
if (await factory.match(context) !== 'tflite.flatbuffers') {
    throw new Error('is not taken for a TensorFlow Lite file');
}
const model = await factory.open(context);
const said = { format: model.format, runtime: model.runtime, operators: 0, nameless: 0, constants: 0, bytes: 0 };
const seen = new Set();
for (const graph of model.modules) {
    for (const node of graph.nodes) {
        said.operators += 1;
        for (const argument of [...node.inputs, ...node.outputs]) {
            for (const value of argument.value) {
                if (seen.has(value)) continue;
                seen.add(value);
                said.nameless += value.name.split('\n')[0] ? 0 : 1;
                if (value.initializer) {
                    said.constants += 1;
                    const values = value.initializer.values;
                    said.bytes += values ? values.length ?? values.byteLength : 0;
                }
            }
        }
    }
}
console.log(JSON.stringify(said));
