"""Parley: which peace agreements are stable, under which assumptions, and how do we know?"""
