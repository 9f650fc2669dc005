// SPDX-License-Identifier: GPL-3.0-or-later
//
// Job type for Flamenco 3 (flamenco.blender.org): copy this file into the folder `scripts` beside flamenco-manager.
// It bakes the doodles in chunks, joins them in a file that plays the pictures, renders that in chunks, and makes a
// film of the frames. Workers that bake need the add-on Doodle Bridge, enabled in the Blender that they start; those
// that render need nothing. docs/farms.md says more.

const JOB_TYPE = {
    label: "Doodle Bridge",
    description: "Bake doodles in chunks, render the baked file in chunks, and join the film",
    settings: [
        // What artists choose:
        { key: "frames", type: "string", required: true,
          eval: "f'{C.scene.frame_start}-{C.scene.frame_end}'",
          evalInfo: { showLinkButton: true, description: "Scene frame range" },
          description: "Frames to bake and render. Examples: '47', '1-30', '3, 5-10, 47-327'" },
        { key: "bake_chunk_size", type: "int32", default: 24, propargs: { min: 1 }, visible: "submission",
          description: "Frames that one task bakes" },
        { key: "chunk_size", type: "int32", default: 4, propargs: { min: 1 }, visible: "submission",
          description: "Frames that one task renders" },
        { key: "only_bake", type: "bool", default: false, required: false,
          description: "Write the pictures and the baked file, and render nothing" },
        { key: "render_output_root", type: "string", subtype: "dir_path", required: true, visible: "submission",
          description: "Folder that everything goes to, in a folder of the job" },
        { key: "add_path_components", type: "int32", required: true, default: 0, propargs: { min: 0, max: 32 },
          visible: "submission", description: "Number of folders above the .blend that the output is sorted by" },
        { key: "render_output_path", type: "string", subtype: "file_path", editable: false,
          eval: "str(Path(abspath(settings.render_output_root), last_n_dir_parts(settings.add_path_components), jobname, '{timestamp}', '######'))",
          description: "Where the frames go" },

        // What the file says:
        { key: "blendfile", type: "string", required: true, visible: "web", description: "Path of the .blend" },
        { key: "scene", type: "string", required: true, eval: "C.scene.name", visible: "web",
          description: "Name of the scene" },
        { key: "fps", type: "float", eval: "C.scene.render.fps / C.scene.render.fps_base", visible: "hidden" },
        { key: "format", type: "string", required: true, eval: "C.scene.render.image_settings.file_format",
          visible: "web" },
        { key: "image_file_extension", type: "string", required: true, eval: "C.scene.render.file_extension",
          visible: "hidden", description: "File name extension of rendered frames" },
    ],
};

// Who may bake. A type of your own, such as "doodle-bridge", that only workers with the add-on are given.
const BAKE_TASK_TYPE = "blender";

// FFmpeg makes no film of these pictures, and Blender no pictures in these formats.
const NO_FILM_FROM = new Set(["OPEN_EXR", "OPEN_EXR_MULTILAYER", "EXR", "MULTILAYER"]);
const FILMS = new Set(["FFMPEG", "AVI_JPEG", "AVI_RAW"]);

function compileJob(job) {
    const settings = job.settings;
    if (FILMS.has(settings.format) && !settings.only_bake) {
        throw `Doodle Bridge: ${settings.format} cannot be rendered in chunks; choose a picture format, such as PNG`;
    }
    // Whoever looks at the job later sees where its frames are.
    settings.render_output_path = settings.render_output_path.replace("{timestamp}", formatTimestampLocal(job.created));
    const frameFolder = path.dirname(settings.render_output_path);
    const bakeFolder = path.join(frameFolder, "doodles");
    const baked = path.join(bakeFolder, path.stem(settings.blendfile).replace(".flamenco", "") + "-baked.blend");

    const bakes = frameChunker(settings.frames, settings.bake_chunk_size).map((chunk) => {
        const task = author.Task(`bake-${chunk}`, BAKE_TASK_TYPE);
        // A chunk may hold several ranges.
        for (const range of chunk.split(",")) {
            task.addCommand(bakeCommand(settings, bakeFolder, range.trim(), []));
        }
        return task;
    });

    // All frames once more: those on disk are left alone, so this only looks at them, and saves the file that plays them.
    const join = author.Task("bake-join", BAKE_TASK_TYPE);
    join.addCommand(bakeCommand(settings, bakeFolder, wholeRange(settings.frames), ["--save", baked]));
    bakes.forEach((task) => join.addDependency(task));

    const renders = settings.only_bake ? [] : frameChunker(settings.frames, settings.chunk_size).map((chunk) => {
        const task = author.Task(`render-${chunk}`, "blender");
        task.addCommand(blenderCommand(baked, [
            "--scene", settings.scene,
            "--render-output", settings.render_output_path,
            "--render-format", settings.format,
            "--render-frame", chunk.replaceAll("-", ".."),
        ]));
        task.addDependency(join);
        return task;
    });

    const film = renders.length > 0 ? filmTask(settings, frameFolder) : null;
    if (film) {
        renders.forEach((task) => film.addDependency(task));
    }

    for (const task of [...bakes, join, ...renders, film]) {
        if (task) {
            job.addTask(task);
        }
    }
}

function bakeCommand(settings, folder, range, more) {
    return blenderCommand(settings.blendfile, [
        "--scene", settings.scene,
        "--command", "doodle_bridge", "bake", "--frames", range, "--output", folder, ...more,
    ]);
}

function blenderCommand(blendfile, args) {
    return author.Command("blender-render", {
        exe: "{blender}",
        exeArgs: "{blenderArgs}",
        argsBefore: [],
        blendfile: blendfile,
        args: args,
    });
}

// From the first to the last of the frames, as one range.
function wholeRange(frames) {
    const each = frameChunker(frames, 1).map(Number);
    return `${Math.min(...each)}-${Math.max(...each)}`;
}

function filmTask(settings, folder) {
    if (NO_FILM_FROM.has(settings.format) || !settings.fps) {
        print(`Doodle Bridge: no film of ${settings.format} at ${settings.fps} frames per second`);
        return null;
    }
    const name = `${path.stem(settings.blendfile).replace(".flamenco", "")}-${wholeRange(settings.frames)}.mp4`;
    const task = author.Task("film", "ffmpeg");
    task.addCommand(author.Command("frames-to-video", {
        exe: "ffmpeg",
        fps: settings.fps,
        inputGlob: path.join(folder, `*${settings.image_file_extension}`),
        outputFile: path.join(folder, name),
        args: [
            "-c:v", "h264",
            "-crf", "20",
            "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2",
            "-pix_fmt", "yuv420p",
            "-r", settings.fps,
            "-y",
        ],
    }));
    return task;
}
